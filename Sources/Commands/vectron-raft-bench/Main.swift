import ArgumentParser
import Logging

/// What `tools/bench raft` and `tools/bench cluster` run; no product has it.
@main
struct RaftBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectron-raft-bench",
        abstract: "A node of Raft groups, and loads, for benchmarks.",
        subcommands: [NodeCommand.self, LoadCommand.self, ClusterLoadCommand.self])

    /// Peers come and go in a benchmark; only what is wrong is worth a line.
    static func quietLogger() -> Logger {
        var logger = Logger(label: "raft-bench")
        logger.logLevel = .error
        return logger
    }
}
