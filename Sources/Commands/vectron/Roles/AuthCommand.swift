import ArgumentParser
import Cluster
import PlacementDriver

/// `vectron auth`.
struct AuthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth", abstract: "Run an auth node, which knows who may do what.")

    @OptionGroup var options: RoleOptions

    @Flag(
        help: """
            Begin with no users if the data directory is empty: say so once, to all auth nodes. Without it \
            an empty one joins those that live.
            """)
    var bootstrap = false

    @Flag(
        help: "Print another token for the first administrator, if there is none yet.")
    var newBootstrapToken = false

    func run() async throws {
        var role = try options.load(.auth, start: bootstrap ? .bootstrap : .join)
        role.renewsBootstrapToken = newBootstrapToken
        try await role.run()
    }
}
