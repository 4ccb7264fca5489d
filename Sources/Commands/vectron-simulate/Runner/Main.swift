import ArgumentParser
import Foundation
import Linearizability
import Raft

/// Parses the command line and simulates.
///
/// Exit codes: 0 nothing was wrong, 1 something was, 2 the command line is wrong.
@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectron-simulate",
        abstract: "Whole clusters on virtual time, network and disk, each from one seed.",
        subcommands: [RunCommand.self, CheckHistoryCommand.self], defaultSubcommand: RunCommand.self)
}

/// `vectron-simulate run`: seeds one after the other, in this process.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Simulate seeds.")

    @Option(help: "One seed; says everything that happens with --verbose.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("The first and the last seed.", valueName: "A..B"))
    var seeds: String = "1..200"

    @Flag(help: "Say what happens.")
    var verbose = false

    func run() throws {
        let range = seed.map { $0...$0 } ?? 1...200
        for seed in range {
            let plan = Plan(seed: seed)
            if self.seed != nil { print(plan) }
            let outcome = World.run(plan, log: verbose ? { print($0) } : nil)
            print(
                "seed \(seed) trace \(String(outcome.trace, radix: 16)) steps \(outcome.stepCount) ops \(outcome.operationCount) unknown \(outcome.unknownCount) committed \(outcome.committedCount) \(outcome.violation.map { "VIOLATION \($0)" } ?? "ok")"
            )
        }
    }
}

/// `vectron-simulate check-history`.
struct CheckHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-history", abstract: "Judge a history of operations.")

    @Argument(help: "A file of JSON lines.")
    var file: String

    func run() throws {}
}
