import Actors
import Cluster
import Fixtures
import Foundation
import Testing

@Suite(.serialized) struct `EndToEnd: faults of a local cluster` {
    /// Less than the silence after which a peer counts as lost, and enough for an answer.
    private static let shortTimeout = "1s"

    @Test func `a paused worker answers when it is resumed, and can be stopped`() async throws {
        try await ProcessCluster.run { cluster in
            try await cluster.fill()
            try await cluster.cluster("pause", "worker-1", "worker-2")
            #expect(try await cluster.cluster("status").contains("(paused)"))
            #expect(
                try await cluster.attempt("count", "c", "--timeout", Self.shortTimeout).code == 1)
            try await cluster.cluster("resume", "worker-1", "worker-2")
            #expect(try await cluster.client("count", "c") == "20\n")

            try await cluster.cluster("pause", "worker-1")
            #expect(try await cluster.cluster("stop", "worker-1") == "stopped worker-1\n")
            let again = try await cluster.attemptCluster("pause", "worker-1")
            #expect(again.code == 1 && again.error.contains("worker-1 does not run"))
        }
    }

    @Test func `several nodes are killed at once and started again`() async throws {
        try await ProcessCluster.run { cluster in
            try await cluster.fill()
            try await cluster.cluster("kill", "placement", "worker-1", "worker-2", "gateway-1")
            try await cluster.cluster(
                "start", "placement", "worker-1", "worker-2", "gateway-1", "--no-wait")
            try await cluster.waitForCount("20\n")
        }
    }

    @Test func `nodes that share a network cannot be cut off`() async throws {
        try await ProcessCluster.run { cluster in
            let result = try await cluster.attemptCluster("partition", "worker-1")
            #expect(
                result.code == 1 && result.error.contains("vectron cluster up CONFIG --isolate"))
        }
    }

    @Test(
        .enabled(
            if: ProcessCluster.canIsolate, "network namespaces need root, iproute2 and nftables"))
    func `an isolated worker is cut off and heard again`() async throws {
        try await ProcessCluster.run(options: ["--isolate"]) { cluster in
            try await cluster.fill()
            // Who is not between the gateway and the workers is not missed.
            try await cluster.cluster("partition", "worker-1", "--from", "worker-2")
            #expect(try await cluster.client("count", "c") == "20\n")

            for cut in [
                ["partition", "worker-1"], ["partition", "worker-1", "--one-way"],
                ["partition", "gateway-1", "--from", "worker-1", "--one-way"],
            ] {
                try await cluster.cluster("heal")
                try await cluster.waitForCount("20\n")
                try await cluster.cluster(cut)
                let whileCut = try await cluster.attempt(
                    "count", "c", "--timeout", Self.shortTimeout)
                #expect(whileCut.code == 1, "\(cut)")
            }
            let status = try await cluster.cluster("status", "-o", "json")
            #expect(status.contains("\"unheard\":[\"gateway-1\"]"))
            try await cluster.cluster("heal")
            try await cluster.waitForCount("20\n")
            let healed = try await cluster.cluster("status", "-o", "json")
            #expect(!healed.contains("\"unheard\":[\""))
        }
    }

    @Test(
        .enabled(
            if: ProcessCluster.canIsolate, "network namespaces need root, iproute2 and nftables"))
    func `an isolated cluster leaves no network behind`() async throws {
        var spaces: Set<String> = []
        try await ProcessCluster.run(options: ["--isolate"]) { cluster in
            spaces = try Set(cluster.file().nodes.map { "\($0.endpoint)" })
            #expect(spaces.allSatisfy { $0.hasPrefix("tcp://198.18.") })
            #expect(try cluster.namespaces().count == 5)
            try await cluster.cluster("down")
            #expect(try cluster.namespaces().isEmpty)
        }
    }
}

extension ProcessCluster {
    /// Twenty points in a collection of two shards.
    fileprivate func fill() async throws {
        try await client("collection", "create", "c", "--dimension", "2", "--shards", "2")
        let rows = (1...20).map { "{\"id\":\($0),\"vector\":[\($0),1]}\n" }
        try await client("import", "c", try directory.write(rows.joined(), to: "rows.jsonl"))
    }

    /// Asks until the answer is right; a link that was lost is made anew within seconds.
    fileprivate func waitForCount(_ expected: String) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        var result = try await attempt("count", "c", "--timeout", "2s")
        while result.output != expected, ContinuousClock.now < deadline {
            result = try await attempt("count", "c", "--timeout", "2s")
        }
        #expect(result.output == expected, "\(result.error)")
    }

    /// The namespaces of this cluster's network: of its nodes, and of the switch.
    fileprivate func namespaces() throws -> [String] {
        let address = try file().nodes[0].endpoint.rawValue
        // tcp://198.18.N.1:PORT, and N is in the names.
        let number = address.split(separator: ".")[2]
        let found = try FileManager.default.contentsOfDirectory(atPath: "/run/netns")
        return found.filter { $0 == "vectron\(number)" || $0.hasPrefix("vectron\(number)-") }
    }
}
