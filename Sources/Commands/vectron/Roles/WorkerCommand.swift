import ArgumentParser
import Cluster

/// `vectron worker`.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run a worker, which holds points and their index.")

    @OptionGroup var options: RoleOptions

    @Option(
        help: ArgumentHelp(
            "What the indexes may take of memory, such as 8GiB; beyond, no new points are taken.",
            valueName: "bytes"))
    var memoryLimit: String?

    func run() async throws {
        let flags = memoryLimit.map { ["limits.memory=\($0)"] } ?? []
        try await options.load(.worker, flags: flags).run()
    }
}
