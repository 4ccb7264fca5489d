import ArgumentParser
import Foundation

/// Parses the command line and simulates.
@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectron-simulate",
        abstract: "Whole clusters on virtual time, network and disk, each from one seed.",
        discussion: """
            Exit codes: 0 nothing was wrong, 1 something was, 64 the command line is wrong.
            """,
        subcommands: [
            RunCommand.self, MutantsCommand.self, WorkerCommand.self, CheckHistoryCommand.self,
        ], defaultSubcommand: RunCommand.self)

    /// Writes a line to the standard output at once: whoever reads it may be waiting.
    static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}

/// Seeds from one to another.
struct SeedRange: ExpressibleByArgument, CustomStringConvertible {
    var first: UInt64
    var last: UInt64

    init(first: UInt64, last: UInt64) {
        self.first = first
        self.last = last
    }

    init?(argument: String) {
        let parts = argument.components(separatedBy: "..")
        guard let first = parts.first.flatMap(UInt64.init),
            let last = parts.last.flatMap(UInt64.init), parts.count <= 2, first <= last
        else { return nil }
        self.init(first: first, last: last)
    }

    var description: String { "\(first)..\(last)" }
}
