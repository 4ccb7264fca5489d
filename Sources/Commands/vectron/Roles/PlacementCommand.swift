import ArgumentParser
import Cluster

/// `vectron placement`.
struct PlacementCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "placement", abstract: "Run the placement driver, which knows what is where.")

    @OptionGroup var options: RoleOptions

    func run() async throws { try await options.load(.placement).run() }
}
