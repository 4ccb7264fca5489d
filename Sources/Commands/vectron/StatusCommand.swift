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
            "cluster": .string(String(map.cluster, radix: 16)),
            "epoch": JSONValue(map.epoch.rawValue),
            "collections": .array(map.collections.map { .string($0.configuration.name) }),
            "placement": .array(placement.map { json(of: $0) }),
            "workers": .array(workers.map { json(of: $0) }),
        ])
    }

    private func json(of placement: PlacementAnswer) -> JSONValue {
        var object: [String: JSONValue] = [
            "node": .string(placement.node), "answers": .bool(placement.status != nil),
        ]
        if let error = placement.error { object["error"] = .string(error) }
        if let status = placement.status {
            object["role"] = .string(status.role.rawValue)
            object["term"] = JSONValue(status.term)
            object["applied_index"] = JSONValue(status.appliedIndex)
            object["commit_index"] = JSONValue(status.commitIndex)
            object["leader"] = status.leader.map { .string($0) } ?? .null
            object["state_hash"] = status.stateHash.map { .string($0) } ?? .null
        }
        return .object(object)
    }

    private func json(of worker: WorkerAnswer) -> JSONValue {
        var object: [String: JSONValue] = [
            "node": .string(worker.node), "answers": .bool(worker.status != nil),
            "endpoint": .string(endpoint(of: worker.node)),
        ]
        if let error = worker.error { object["error"] = .string(error) }
        if let status = worker.status {
            object["shards"] = .array(status.shards.map { json(of: $0) })
        }
        return .object(object)
    }

    private func json(of shard: ShardStatus) -> JSONValue {
        .object([
            "id": JSONValue(shard.id.rawValue), "points": JSONValue(shard.pointCount),
            "replica": JSONValue(shard.replica.rawValue), "role": .string(shard.role.rawValue),
            "term": JSONValue(shard.term),
            "leader": shard.leader.map { JSONValue($0.rawValue) } ?? .null,
            "voters": .array(shard.voters.map { JSONValue($0.rawValue) }),
            "commit_index": JSONValue(shard.commitIndex),
            "applied_index": JSONValue(shard.appliedIndex),
            "state_hash": shard.stateHash.map { .string($0) } ?? .null,
            "memory_bytes": JSONValue(shard.memoryByteCount),
            "diverged": .bool(shard.isDiverged),
        ])
    }

    /// A row a node: how many replicas each worker holds, how many of them lead, and how far the one
    /// that is furthest behind is.
    var table: Table {
        Table(
            headings: ["node", "role", "state", "shards", "leads", "points", "behind"],
            rows: placement.map { answer in
                let state = answer.status.map(\.role.rawValue) ?? silence(answer.error)
                return [answer.node, "placement", state, "", "", "", ""]
            } + workers.map { row(of: $0) })
    }

    private func row(of worker: WorkerAnswer) -> [String] {
        let shards = worker.status?.shards ?? []
        let isWell = shards.allSatisfy { !$0.isDiverged }
        let state = worker.status == nil ? silence(worker.error) : isWell ? "up" : "diverged"
        let leads = shards.count { $0.role == .leader }
        let behind = shards.map { $0.commitIndex - min($0.commitIndex, $0.appliedIndex) }.max()
        return [
            worker.node, "worker", state, "\(shards.count)", "\(leads)",
            "\(shards.reduce(0) { $0 + $1.pointCount })", "\(behind ?? 0)",
        ]
    }

    private func silence(_ error: String?) -> String { "silent: \(error ?? "no answer")" }

    private func endpoint(of worker: String) -> String {
        map.workers.first { $0.node == worker }?.endpoint ?? ""
    }
}
