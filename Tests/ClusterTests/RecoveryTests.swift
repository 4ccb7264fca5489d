import Fixtures
import Foundation
import Testing

@Suite(.serialized) struct `EndToEnd: a lost majority` {
    @Test(.timeLimit(.minutes(2)))
    func `is recovered from one placement driver and one worker`() async throws {
        try await ReplicatedCluster.run { nodes in
            let cluster = nodes.cluster
            try await nodes.createCollection()
            try await nodes.write(1...50)

            let lost = ["placement-2", "placement-3", "worker-2", "worker-3"]
            try await cluster.cluster(["kill"] + lost)
            for node in lost { try nodes.wipe(node) }
            // As it is already: what was not acknowledged may come to life with the survivor.
            let refused = try await cluster.attempt(
                "point", "upsert", "c", "--id", "1", "--vector", "[1,1]", "--payload", "{\"n\":1}",
                "--timeout", "3s")
            #expect(refused.code == 1, "no quorum, and yet: \(refused.output)")
            #expect(refused.error.contains("shard 1 of collection c"), "\(refused.error)")

            // While the nodes run they are left alone.
            let running = try await Program.run(
                ["recover", "inspect", "--data-directory", try nodes.data(of: "worker-1")])
            #expect(running.code == 1 && running.error.contains("in use by another process"))
            try await cluster.cluster("kill", "placement-1", "worker-1", "gateway-1")

            try await recover(nodes)
            try await cluster.cluster(
                ["start", "placement-1", "worker-1", "gateway-1", "--no-wait"])
            try await nodes.waitFor("count", "c", saying: "50\n")
            try await cluster.cluster(["start"] + lost + ["--no-wait"])
            try await nodes.waitForReplicas(of: 50)
            try await nodes.write(51...60)
            try await nodes.expectPoints(1...60)
            try await nodes.waitForReplicas(of: 60)
            try await nodes.waitForPlacementVoters()

            // Three of each again: what did survive may be lost now.
            try await cluster.cluster("kill", "placement-1", "worker-1")
            try await nodes.waitFor("count", "c", saying: "60\n")
            try await cluster.cluster("stop", "placement-2", "worker-2")
            #expect(try await nodes.voters(of: 0, on: "placement-2").count == 3)
            #expect(try await nodes.voters(of: 1, on: "worker-2").count == 3)
        }
    }

    private func recover(_ nodes: ReplicatedCluster) async throws {
        for (command, node) in [
            (["recover", "placement"], "placement-1"),
            (["recover", "worker", "--shard", "1"], "worker-1"),
        ] {
            let arguments = command + ["--data-directory", try nodes.data(of: node)]
            let group = node == "worker-1" ? 1 : 0
            let asked = try await Program.run(arguments)
            #expect(asked.code == 0 && asked.error.contains("NOTHING WAS CHANGED"), "\(asked)")
            #expect(try await nodes.voters(of: group, on: node).count == 3)
            let done = try await Program.run(arguments + ["--yes"])
            #expect(done.code == 0 && done.error.contains("LOST: "), "\(done)")
            #expect(try await nodes.voters(of: group, on: node).count == 1)
            let report = try String(
                contentsOfFile: try nodes.data(of: node) + "/recovery.json", encoding: .utf8)
            #expect(report.contains("\"members\" : \"1 2 3\""), "\(report)")
            let again = try await Program.run(arguments + ["--yes"])
            #expect(again.code == 1 && again.error.contains("the only member"), "\(again)")
        }
        let unnamed = try await Program.run(
            ["recover", "worker", "--data-directory", try nodes.data(of: "worker-1")])
        #expect(unnamed.code == 1 && unnamed.error.contains("--shard N for each; here are 1"))
    }
}
