import ArgumentParser
import Foundation
import Synchronization

/// `vectron-simulate run`: many seeds in processes of their own, or one in this process.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Simulate one seed, or many.")

    @Option(help: "One seed, whose options are told.")
    var seed: UInt64?

    @Flag(help: "With --seed: tell everything that happens.")
    var verbose = false

    @Option(help: ArgumentHelp("The first and the last seed.", valueName: "A..B"))
    var seeds = SeedRange(first: 1, last: 2_000)

    @Option(help: "Go on from the first seed for so many minutes instead.")
    var minutes: Double?

    @Option(help: "How many seeds run at a time.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "A mistake to plant; only in a build with MUTANTS.")
    var fault: String?

    func validate() throws {
        guard (1...256).contains(jobs) else { throw ValidationError("--jobs is 1 to 256.") }
    }

    func run() throws {
        try plant(fault)
        if let seed { return try run(seed) }
        let start = ContinuousClock.now
        let end = minutes.map { start + .seconds(60 * $0) }
        let seeds = SeedRange(first: seeds.first, last: end == nil ? seeds.last : .max - 1_000)
        let tally = Tally()
        Fleet(seeds: seeds, jobs: jobs, fault: fault).run { [fault] report in
            if let failure = report.failure {
                Main.say(Self.replay(report.seed, failure, fault: fault))
            }
            return tally.add(report) && end.map { ContinuousClock.now < $0 } ?? true
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        Main.say(
            """
            \(tally.text), \(String(format: "%.1f", seconds)) s, \
            \(String(format: "%.1f", Double(tally.count) / max(seconds, 0.001))) seeds/s
            """)
        if tally.failureCount > 0 { throw ExitCode.failure }
    }

    private func run(_ seed: UInt64) throws {
        let plan = Plan(seed: seed)
        Main.say("\(plan)")
        let outcome = World.run(plan, log: verbose ? { Main.say($0) } : nil)
        Main.say(outcome.line)
        if let violation = outcome.violation {
            Main.say(Self.replay(seed, "\(violation)", fault: fault))
            throw ExitCode.failure
        }
    }

    /// The one line that says what was wrong and how to see it again.
    static func replay(_ seed: UInt64, _ failure: String, fault: String?) -> String {
        let mutant = fault.map { " --mutants \($0)" } ?? ""
        return "FAILED tools/simulate\(mutant) --seed \(seed): \(failure)"
    }
}

/// What many seeds came to.
private final class Tally: Sendable {
    private struct Counts {
        var seeds = 0
        var failures = 0
        var steps = 0
        var operations = 0
    }

    private let counts = Mutex(Counts())

    /// After so many failures the rest would say nothing new.
    private static let maxFailureCount = 10

    /// Counts a report.
    ///
    /// - Returns: Whether more are wanted.
    func add(_ report: SeedReport) -> Bool {
        counts.withLock { counts in
            counts.seeds += 1
            counts.steps += report.stepCount
            counts.operations += report.operationCount
            if report.failure != nil { counts.failures += 1 }
            if counts.seeds % 500 == 0 { Main.say("\(counts.seeds) seeds …") }
            return counts.failures < Self.maxFailureCount
        }
    }

    var count: Int { counts.withLock { $0.seeds } }
    var failureCount: Int { counts.withLock { $0.failures } }

    var text: String {
        counts.withLock { counts in
            """
            \(counts.seeds) seeds, \(counts.steps) steps, \(counts.operations) operations, \
            \(counts.failures) failed
            """
        }
    }
}
