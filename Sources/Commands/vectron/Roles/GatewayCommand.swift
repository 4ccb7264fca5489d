import ArgumentParser
import Cluster

/// `vectron gateway`.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway", abstract: "Run a gateway, which answers clients.")

    @OptionGroup var options: RoleOptions

    func run() async throws { try await options.load(.gateway).run() }
}
