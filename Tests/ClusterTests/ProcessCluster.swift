import Cluster
import Fixtures
import Foundation
import Testing

/// A cluster of real processes on free ports, in a directory of its own.
struct ProcessCluster: Sendable {
    let directory: TemporaryDirectory

    private var state: String { directory.path + "/state" }
    var config: String { directory.path + "/state/cluster.yaml" }

    /// Whether nodes can have networks of their own: needs root, iproute2 and nftables.
    static let canIsolate: Bool = {
        let probe = "vectron-probe-\(getpid())"
        let script = "ip netns add \(probe) && nsenter --net=/run/netns/\(probe) nft list ruleset"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "(\(script)); ok=$?; ip netns delete \(probe); exit $ok"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private static let fewNodes = [
        "  - {name: placement, role: placement, endpoint: \"tcp://127.0.0.1:1\"}",
        "  - {name: worker-1, role: worker, endpoint: \"tcp://127.0.0.1:2\"}",
        "  - {name: worker-2, role: worker, endpoint: \"tcp://127.0.0.1:3\"}",
        "  - {name: gateway-1, role: gateway, endpoint: \"tcp://127.0.0.1:4\"}",
    ]

    /// Starts a placement driver, two workers and a gateway, runs `body`, and ends all processes,
    /// whatever happens.
    ///
    /// - Parameters:
    ///   - nodes: Other nodes, each as a line of the cluster file.
    ///   - options: Of `vectron cluster up`.
    static func run(
        encrypted: Bool = false, nodes: [String] = Self.fewNodes,
        options: [String] = ["--free-ports"],
        _ body: (ProcessCluster) async throws -> Void
    ) async throws {
        let cluster = ProcessCluster(directory: try TemporaryDirectory())
        // The files must be there until all processes have ended.
        defer { withExtendedLifetime(cluster.directory) {} }
        let keys = encrypted ? "\n  keys: keys" : ""
        let path = try cluster.directory.write(
            """
            cluster:
              id: test\(keys)
            nodes:
            \(nodes.joined(separator: "\n"))
            """, to: "test.yaml")
        do {
            try await cluster.cluster(["up", path] + options)
            try await body(cluster)
        } catch {
            try await cluster.cluster("down")
            throw error
        }
        try await cluster.cluster("down")
    }

    /// `vectron cluster …`, which must work.
    @discardableResult
    func cluster(_ arguments: String...) async throws -> String { try await cluster(arguments) }

    @discardableResult
    func cluster(_ arguments: [String]) async throws -> String {
        let result = try await Program.run(["cluster"] + arguments + ["--state", state])
        try #require(result.code == 0, "vectron cluster \(arguments): \(result.error)")
        return result.output
    }

    /// `vectron cluster …`, whatever comes of it.
    func attemptCluster(_ arguments: String...) async throws -> Program.Result {
        try await Program.run(["cluster"] + arguments + ["--state", state])
    }

    /// A client command, which must work.
    @discardableResult
    func client(_ arguments: String...) async throws -> String {
        let result = try await Program.run(arguments + ["--config", config])
        try #require(result.code == 0, "vectron \(arguments): \(result.error)")
        return result.output
    }

    /// A command with the cluster's file, whatever comes of it.
    func attempt(_ arguments: String...) async throws -> Program.Result {
        try await Program.run(arguments + ["--config", config])
    }

    /// The file that the nodes run with.
    func file() throws -> ClusterFile {
        try ClusterFile.load(path: config, environment: [:])
    }

    /// The file with other keys or another id, beside the running one.
    func changedFile(_ change: (inout ClusterFile) -> Void) throws -> String {
        var file = try file()
        change(&file)
        return try directory.write(file.yaml, to: "changed-\(UUID().uuidString).yaml")
    }

    /// What a node has logged.
    func log(_ node: String) throws -> String {
        try String(contentsOfFile: "\(state)/\(node).log", encoding: .utf8)
    }
}
