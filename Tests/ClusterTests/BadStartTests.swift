import Cluster
import Fixtures
import Foundation
import Testing

@Suite(.serialized) struct `EndToEnd: a bad start` {
    @Test(.timeLimit(.minutes(2)))
    func `of a worker changes nothing, or replaces what is lost`() async throws {
        try await ReplicatedCluster.run { nodes in
            let cluster = nodes.cluster
            try await nodes.createCollection()
            try await nodes.write(1...20)
            try await nodes.waitForReplicas(of: 20)

            try await cluster.cluster("stop", "worker-1", "worker-2")
            let data = try nodes.data(of: "worker-1")
            let otherNode = try await cluster.attempt(
                "worker", "--node", "worker-2", "--data-directory", data)
            #expect(otherNode.code == 1)
            #expect(otherNode.error.contains("belongs to the node worker-1, this one is worker-2"))
            let path = try cluster.changedFile { $0.id = "other" }
            let otherCluster = try await Program.run([
                "worker", "--config", path, "--node", "worker-1", "--data-directory", data,
            ])
            #expect(otherCluster.code == 1)
            #expect(otherCluster.error.contains("belongs to the cluster test, this node to other"))

            // An older record of its log is not what was written: nobody knows how it voted.
            try damageLog(of: "worker-1", nodes)
            try await cluster.cluster(["start", "worker-1", "worker-2", "--no-wait"])
            try await nodes.waitForReplicas(of: 20)
            #expect(try cluster.log("worker-1").contains("The log is damaged"))

            try await cluster.cluster("kill", "worker-3")
            try nodes.wipe("worker-3")
            try await nodes.write(21...25)
            try await cluster.cluster(["start", "worker-3", "--no-wait"])
            try await nodes.waitForReplicas(of: 25)
            try await nodes.expectPoints(1...25)
            try await cluster.cluster("stop", "worker-2")
            let voters = try await nodes.voters(of: 1, on: "worker-2")
            #expect(
                voters.count == 3 && !voters.contains("1") && !voters.contains("3"), "\(voters)")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `of a placement driver never begins another cluster`() async throws {
        try await ReplicatedCluster.run { nodes in
            let cluster = nodes.cluster
            try await nodes.createCollection()
            let bootstrap = ["placement", "--config", cluster.config, "--bootstrap", "--node"]

            // With its data it goes on; without, it joins, whatever it was told.
            try await cluster.cluster("kill", "placement-1")
            let again = try RunningProgram(bootstrap + ["placement-1"])
            try await cluster.cluster("kill", "placement-2")
            try nodes.wipe("placement-2")
            try await nodes.waitFor("collection", "describe", "c")
            let wiped = try RunningProgram(bootstrap + ["placement-2"])
            try await nodes.wait(for: "joining") {
                let said = wiped.error
                return (
                    said.contains("this node joins it as another peer")
                        && said.contains("this node votes now"), said
                )
            }
            // Two of three are enough only if the wiped one has become one of them.
            try await cluster.cluster("stop", "placement-3")
            try await nodes.waitFor("collection", "list", saying: "c")
            again.stop()
            wiped.stop()
            let voters = try await nodes.voters(of: 0, on: "placement-1")
            #expect(voters.count == 3 && !voters.contains("2"), "\(voters)")

            try damageLog(of: "placement-3", nodes)
            let damaged = try await cluster.attempt("placement", "--node", "placement-3")
            #expect(damaged.code == 1)
            #expect(damaged.error.contains("it is damaged or missing"), "\(damaged.error)")
        }
    }

    /// Changes bytes of the first records in a log, behind which there are others.
    private func damageLog(of node: String, _ nodes: ReplicatedCluster) throws {
        let directory = try nodes.data(of: node) + "/log"
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: directory).sorted().first)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: directory + "/" + name))
        try file.seek(toOffset: 100)
        try file.write(contentsOf: Data([0xde, 0xad, 0xbe, 0xef]))
        try file.close()
    }
}
