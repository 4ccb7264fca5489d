import ArgumentParser
import Cluster
import Logging

/// `vectron cluster kill`.
struct ClusterKill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Kill a node at once, as a crash does.")

    @Argument(help: "The node.") var node: String
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let (cluster, node) = try options.node(node)
        try await cluster.kill(node.name)
        print("killed \(node.name)")
    }
}

/// `vectron cluster stop`.
struct ClusterStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop a node and let it finish.")

    @Argument(help: "The node.") var node: String
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let (cluster, node) = try options.node(node)
        let ran = try await cluster.stop(node.name)
        print(ran ? "stopped \(node.name)" : "\(node.name) did not run")
    }
}

/// `vectron cluster start`.
struct ClusterStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a stopped or killed node and wait until it answers.")

    @Argument(help: "The node.") var node: String
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        ProcessLog.bootstrap(level: .critical)
        let (cluster, node) = try options.node(node)
        let process = try cluster.start(node)
        try await cluster.waitUntilReady([(node, process)])
        print("started \(node.name)")
    }
}
