import ArgumentParser
import Cluster

/// `vectron cluster partition`.
struct ClusterPartition: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partition",
        abstract: "Cut nodes off from the others; their packets are dropped, which nobody is told.",
        discussion: """
            Cuts add up until "heal". The nodes named hear each other, and clients reach all of \
            them. The cluster must have been started with "up --isolate".
            """)

    @Argument(help: "The nodes to cut off.") var nodes: [String]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Whom to cut them off from; else all others.", valueName: "node"))
    var from: [String] = []

    @Flag(help: "Drop only what they send: they hear the others, which do not hear them.")
    var oneWay = false

    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let (cluster, _) = try options.nodes(nodes + from)
        var network = try cluster.requiredNetwork()
        let others = from.isEmpty ? cluster.file.nodes.map(\.name) : from
        let cuts = NetworkCut.between(nodes, and: others, oneWay ? .outward : .both)
        guard !cuts.isEmpty else {
            throw CommandError("nobody is left to cut \(nodes.joined(separator: ", ")) off from")
        }
        try network.add(cuts)
        try cluster.save(network)
        print("cut off \(nodes.joined(separator: ", "))\(oneWay ? ", which still hear" : "")")
    }
}

/// `vectron cluster heal`.
struct ClusterHeal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal", abstract: "Undo all partitions.")

    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let cluster = try options.cluster()
        var network = try cluster.requiredNetwork()
        try network.heal()
        try cluster.save(network)
        print("all nodes hear each other")
    }
}

extension LocalCluster {
    /// The network of an isolated cluster.
    fileprivate func requiredNetwork() throws -> NodeNetwork {
        guard let network else {
            throw CommandError(
                """
                the nodes of this cluster share the machine's network, which cannot be cut; \
                start it with: vectron cluster up CONFIG --isolate
                """)
        }
        return network
    }
}
