import ArgumentParser
import Cluster
import PlacementDriver

/// `vectron placement`.
struct PlacementCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "placement", abstract: "Run the placement driver, which knows what is where.")

    @OptionGroup var options: RoleOptions

    @Flag(
        help: """
            Begin a new cluster if the data directory is empty: say so once, to all placement drivers.             Without it an empty one joins those that live.
            """)
    var bootstrap = false

    func run() async throws {
        try await options.load(.placement, start: bootstrap ? .bootstrap : .join).run()
    }
}
