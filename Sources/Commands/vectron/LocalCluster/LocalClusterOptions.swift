import ArgumentParser
import Cluster
import Foundation

/// Which local cluster a command is about.
struct LocalClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the processes' numbers and logs are kept; also VECTRON_STATE.",
            valueName: "path"))
    var state: String?

    /// The state directory, absolute.
    var directory: String {
        let path = ClientOptions.value(state, "VECTRON_STATE") ?? ".vectron/cluster"
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// The cluster, which must have been started before.
    func cluster() throws -> LocalCluster {
        guard let cluster = try LocalCluster.find(in: directory) else {
            throw CommandError(
                "no cluster was started in \(directory); start one with: vectron cluster up CONFIG")
        }
        return cluster
    }

    /// Nodes of it, in the order of the names.
    func nodes(_ names: [String]) throws -> (LocalCluster, [ClusterFile.Node]) {
        let cluster = try cluster()
        let nodes = try names.map { name in
            guard let node = cluster.file.nodes.first(where: { $0.name == name }) else {
                let names = cluster.file.nodes.map(\.name).joined(separator: ", ")
                throw CommandError("there is no node \(name); the cluster has \(names)")
            }
            return node
        }
        return (cluster, nodes)
    }
}
