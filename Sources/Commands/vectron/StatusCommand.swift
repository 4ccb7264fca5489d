import ArgumentParser
import Client
import Primitives
import Protocols

/// `vectron status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the cluster as a gateway sees it; fails if a worker does not answer.")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let status = try await client.withClient { try await $0.status() }
        output.print(status.json) { status.table }
        let silent = status.workers.filter { $0.status == nil }.map(\.node)
        guard silent.isEmpty else {
            throw CommandError("no answer from \(silent.joined(separator: ", ")); see its log")
        }
    }
}

extension ClusterStatus {
    /// The status as commands print it.
    var json: JSONValue {
        .object([
            "version": .string(version),
            "epoch": JSONValue(map.epoch.rawValue),
            "collections": .array(map.collections.map { .string($0.configuration.name) }),
            "workers": .array(workers.map { json(of: $0) }),
        ])
    }

    private func json(of worker: WorkerAnswer) -> JSONValue {
        var object: [String: JSONValue] = [
            "node": .string(worker.node), "answers": .bool(worker.status != nil),
            "endpoint": .string(endpoint(of: worker.node)),
        ]
        if let error = worker.error { object["error"] = .string(error) }
        if let status = worker.status {
            object["shards"] = .array(
                status.shards.map { shard in
                    .object([
                        "id": JSONValue(shard.id.rawValue), "points": JSONValue(shard.pointCount),
                        "applied_index": JSONValue(shard.appliedIndex),
                    ])
                })
        }
        return .object(object)
    }

    /// A row a worker.
    var table: Table {
        Table(
            headings: ["worker", "endpoint", "state", "shards", "points"],
            rows: workers.map { worker in
                let shards = worker.status?.shards ?? []
                return [
                    worker.node, endpoint(of: worker.node),
                    worker.status == nil ? "silent: \(worker.error ?? "no answer")" : "up",
                    "\(shards.count)", "\(shards.reduce(0) { $0 + $1.pointCount })",
                ]
            })
    }

    private func endpoint(of worker: String) -> String {
        map.workers.first { $0.node == worker }?.endpoint ?? ""
    }
}
