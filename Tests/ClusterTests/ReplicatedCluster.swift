import Cluster
import Fixtures
import Foundation
import Testing

/// Three placement drivers, three workers and a gateway as real processes on free ports.
struct ReplicatedCluster: Sendable {
    let cluster: ProcessCluster

    static let placements = ["placement-1", "placement-2", "placement-3"]
    static let workers = ["worker-1", "worker-2", "worker-3"]

    /// How long is waited for what has to come about by itself.
    private static let patience = Duration.seconds(30)

    /// Starts all, runs `body`, and ends all, whatever happens.
    static func run(_ body: (ReplicatedCluster) async throws -> Void) async throws {
        var port = 0
        let nodes = (placements + workers + ["gateway-1"]).map { name in
            port += 1
            let role = name.split(separator: "-")[0]
            return "  - {name: \(name), role: \(role), endpoint: \"tcp://127.0.0.1:\(port)\"}"
        }
        try await ProcessCluster.run(nodes: nodes) { try await body(Self(cluster: $0)) }
    }

    // MARK: - Data

    /// Where a node's data are.
    func data(of node: String) throws -> String {
        let file = try cluster.file()
        let role: ClusterFile.Role = node.hasPrefix("placement") ? .placement : .worker
        return file.dataDirectory(of: try file.node(node, role))
    }

    /// Loses a node's disk.
    func wipe(_ node: String) throws {
        try FileManager.default.removeItem(atPath: try data(of: node))
    }

    /// A collection of one shard on all workers.
    func createCollection() async throws {
        try await cluster.client(
            "collection", "create", "c", "--dimension", "2", "--shards", "1", "--replicas", "3")
    }

    /// Writes points and waits for their acknowledgement.
    func write(_ ids: ClosedRange<Int>) async throws {
        let rows = ids.map { "{\"id\":\($0),\"vector\":[\($0),1],\"payload\":{\"n\":\($0)}}\n" }
        let path = try cluster.directory.write(rows.joined(), to: "rows-\(ids.lowerBound).jsonl")
        try await cluster.client("import", "c", path)
    }

    /// Whether all points are there, with what was written.
    func expectPoints(_ ids: ClosedRange<Int>) async throws {
        #expect(try await cluster.client("count", "c") == "\(ids.count)\n")
        for id in [ids.lowerBound, ids.upperBound] {
            let point = try await cluster.client("point", "get", "c", "\(id)", "-o", "json")
            #expect(point.contains("\"n\":\(id)"), "\(point)")
        }
    }

    // MARK: - Waiting

    /// Asks until the answer is right, or fails with the last one.
    func wait(
        for what: String, _ isTrue: () async throws -> (Bool, said: String)
    ) async throws {
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        var last = ""
        while ContinuousClock.now < deadline {
            let (isDone, said) = try await isTrue()
            if isDone { return }
            last = said
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("\(what) did not come about: \(last)")
    }

    /// Waits until a command succeeds.
    func waitFor(_ arguments: String..., saying text: String = "") async throws {
        try await wait(for: "\(arguments)") {
            let result = try await Program.run(
                arguments + ["--timeout", "2s", "--config", cluster.config])
            return (
                result.code == 0 && (text.isEmpty || result.output.contains(text)),
                result.error + result.output
            )
        }
    }

    /// Waits until each of the workers has a replica of the shard that votes and has as many points,
    /// and no change of members is under way: any of them may be lost then.
    func waitForReplicas(of pointCount: Int) async throws {
        try await wait(for: "three equal replicas") {
            let result = try await cluster.attempt("status", "-o", "json", "--timeout", "2s")
            let status = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
            let workers = (status as? [String: Any])?["workers"] as? [[String: Any]] ?? []
            let shards = workers.flatMap { $0["shards"] as? [[String: Any]] ?? [] }
            let replicas = shards.compactMap { $0["replica"] as? Int }.sorted()
            let areEqual = shards.allSatisfy { shard in
                shard["points"] as? Int == pointCount
                    && (shard["voters"] as? [Int])?.sorted() == replicas
            }
            let isWhole = areEqual && replicas.count == Self.workers.count
            return (result.code == 0 && isWhole, result.error + result.output)
        }
    }

    /// Waits until all placement drivers vote, and one of them leads.
    func waitForPlacementVoters() async throws {
        try await wait(for: "three placement drivers that vote") {
            let result = try await cluster.attempt("status", "-o", "json", "--timeout", "2s")
            let status = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
            let placement = (status as? [String: Any])?["placement"] as? [[String: Any]] ?? []
            let roles = placement.compactMap { $0["role"] as? String }.sorted()
            return (roles == ["follower", "follower", "leader"], result.error + result.output)
        }
    }

    /// Whom a group has in the data of a node that does not run.
    func voters(of group: Int, on node: String) async throws -> [String] {
        let result = try await Program.run([
            "recover", "inspect", "--data-directory", try data(of: node), "-o", "json",
        ])
        try #require(result.code == 0, "\(result.error)")
        let bytes = Data(result.output.utf8)
        let object = try #require(
            try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let groups = try #require(object["groups"] as? [[String: Any]])
        let found = try #require(groups.first { $0["group"] as? Int == group })
        // Numbers that are too large for some readers of JSON are strings.
        return try #require(found["voters"] as? [Any]).map { "\($0)" }
    }
}
