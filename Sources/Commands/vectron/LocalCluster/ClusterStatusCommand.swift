import Actors
import ArgumentParser
import Cluster
import Protocols

/// `vectron cluster status`.
struct ClusterStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show which processes of the local cluster run.")

    @OptionGroup var options: LocalClusterOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let cluster = try options.cluster()
        let nodes = cluster.file.nodes.map { ($0, cluster.process(of: $0.name)) }
        func unheard(by node: String) -> [String] { cluster.network?.unheard(by: node) ?? [] }
        let json = nodes.map { node, process in
            JSONValue.object([
                "node": .string(node.name), "role": .string(node.role.rawValue),
                "endpoint": .string(node.endpoint.rawValue),
                "bridge": node.bridge.map { .string($0.rawValue) } ?? .null,
                "pid": process.map { JSONValue(Int($0.pid)) } ?? .null,
                "paused": .bool(process?.isPaused ?? false),
                "unheard": .array(unheard(by: node.name).map { .string($0) }),
                "data": .string(cluster.file.dataDirectory(of: node)),
                "log": .string(cluster.logPath(node.name)),
            ])
        }
        output.print(.array(json)) {
            Table(
                headings: ["node", "role", "endpoint", "process", "does not hear"],
                rows: nodes.map { node, process in
                    [
                        node.name, node.role.rawValue, node.endpoint.rawValue,
                        process.map { $0.isPaused ? "\($0.pid) (paused)" : "\($0.pid)" }
                            ?? "stopped",
                        unheard(by: node.name).joined(separator: ","),
                    ]
                })
        }
    }
}
