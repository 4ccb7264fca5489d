import ArgumentParser
import Cluster

/// `vectron worker`.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run a worker, which holds points and their index.")

    @OptionGroup var options: RoleOptions

    func run() async throws { try await options.load(.worker).run() }
}
