import Actors
import Cluster
import Primitives
import Protocols
import Testing
import Vectors

@Suite struct `A diagnosis of a machine` {
    private static let good = MachineFacts(
        openFileLimit: 65_536,
        disks: [
            .init(
                path: "/d", freeByteCount: 80 << 30, totalByteCount: 100 << 30,
                syncTimes: [.microseconds(90), .milliseconds(30), .microseconds(80)])
        ], clockStep: .microseconds(-12), kernels: ["avx2", "plain"])

    private func levels(_ change: (inout MachineFacts) -> Void) -> [String: [Diagnosis.Level]] {
        var facts = Self.good
        change(&facts)
        return facts.diagnoses.reduce(into: [:]) { $0[$1.subject, default: []].append($1.level) }
    }

    @Test func `finds nothing wrong with a good one`() {
        #expect(
            Self.good.diagnoses.map(\.text) == [
                "a process may have 65536 open", "80 GiB free, 80 %",
                "a sync takes 90 µs, 30 ms at worst of 3",
                "the wall clock was not set while it was looked at",
                "distances are computed by avx2, plain, the first the best",
            ])
        #expect(Self.good.diagnoses.allSatisfy { $0.level == .ok && $0.advice == nil })
    }

    @Test func `says what there is too little of, or too slow`() {
        #expect(levels { $0.openFileLimit = 4_096 }["open files"] == [.warn])
        #expect(levels { $0.openFileLimit = 256 }["open files"] == [.fail])
        #expect(levels { $0.openFileLimit = nil }["open files"] == [.ok])
        #expect(levels { $0.disks[0].freeByteCount = 9 << 30 }["disk /d"] == [.warn, .ok])
        #expect(levels { $0.disks[0].freeByteCount = 1 << 20 }["disk /d"] == [.fail, .ok])
        #expect(
            levels { $0.disks[0].syncTimes = [.milliseconds(40)] }["disk /d"] == [.ok, .warn])
        #expect(levels { $0.disks[0].syncTimes = [.seconds(1)] }["disk /d"] == [.ok, .fail])
        #expect(levels { $0.disks[0].failure = "read-only" }["disk /d"] == [.fail])
        #expect(levels { $0.clockStep = .seconds(-3) }["clock"] == [.warn])
        #expect(levels { $0.kernels = ["plain"] }["processor"] == [.warn])
    }

    @Test func `is of this one, and leaves nothing behind`() throws {
        let facts = MachineFacts.measured(
            directories: ["/tmp/not/there/yet", "/tmp", "/proc/not/writable"], kernels: ["plain"])
        #expect(facts.disks.first?.path == "/tmp" && facts.disks.count == 2)
        #expect(facts.disks[0].failure == nil && facts.disks[0].totalByteCount > 0)
        #expect(!facts.disks[0].syncTimes.isEmpty && facts.disks[1].failure != nil)
    }
}

@Suite struct `A diagnosis of a cluster` {
    /// Three placement drivers, two workers and a gateway, all well; the first worker leads shard 1.
    private static func facts(
        _ change: (inout [String: ClusterFacts.NodeFacts]) -> Void = { _ in }
    ) -> ClusterFacts {
        let roles: [(String, ClusterFile.Role)] = [
            ("p1", .placement), ("p2", .placement), ("p3", .placement), ("w1", .worker),
            ("w2", .worker), ("g", .gateway),
        ]
        var nodes: [String: ClusterFacts.NodeFacts] = [:]
        for (name, role) in roles {
            var facts = ClusterFacts.NodeFacts(
                .init(name: name, role: role, endpoint: Endpoint(rawValue: "ipc:///\(name)")))
            facts.report = NodeReport(
                node: name, role: role.rawValue, version: "1", wallClockMicroseconds: 0)
            facts.clockLead = .milliseconds(1)
            facts.roundTrip = .milliseconds(2)
            if role == .placement {
                facts.placement = PlacementStatus(
                    node: name, role: name == "p2" ? .leader : .follower, term: 1, leader: "p2",
                    members: ["p1", "p2", "p3"], cluster: 1, epoch: 1, commitIndex: 9,
                    appliedIndex: 9)
            }
            if role == .worker {
                facts.worker = WorkerStatus(
                    node: name, epoch: 1,
                    shards: [
                        ShardStatus(
                            id: 1, role: name == "w1" ? .leader : .follower, pointCount: 3,
                            commitIndex: 50_000, appliedIndex: 50_000)
                    ])
            }
            nodes[name] = facts
        }
        change(&nodes)
        let shard = ShardRecord(
            id: 1, version: 1, slots: SlotRange(first: 0, last: 16_383),
            replicas: [.init(id: 1, worker: "w1"), .init(id: 2, worker: "w2")])
        let map = ClusterMap(
            cluster: 1, epoch: 1,
            collections: [
                CollectionRecord(
                    id: 1, configuration: .init(name: "c", dimension: 2, metric: .cosine),
                    shards: [shard])
            ])
        return ClusterFacts(nodes: roles.compactMap { nodes[$0.0] }, map: map, version: "1")
    }

    private func bad(_ change: (inout [String: ClusterFacts.NodeFacts]) -> Void) -> [String] {
        Self.facts(change).diagnoses.filter { $0.level != .ok }
            .map { "\($0.level.rawValue) \($0.subject): \($0.text)" }
    }

    @Test func `finds nothing wrong with a good one`() {
        #expect(
            Self.facts().diagnoses.map { "\($0.level.rawValue) \($0.subject): \($0.text)" } == [
                "ok node p1: placement 1 at ipc:///p1", "ok node p2: placement 1 at ipc:///p2",
                "ok node p3: placement 1 at ipc:///p3", "ok node w1: worker 1 at ipc:///w1",
                "ok node w2: worker 1 at ipc:///w2", "ok node g: gateway 1 at ipc:///g",
                "ok clocks: differ by less than 502 ms",
                "ok placement group: p2 leads, all 3 members answer",
                "ok shards: 1 of 1 collections have all replicas",
            ])
    }

    @Test func `of one that is stopped says so once`() {
        let found = bad { nodes in
            for name in nodes.keys { nodes[name]?.report = nil }
        }
        #expect(found == ["warn cluster: no node answers"])
    }

    @Test func `names who does not answer and what that means`() {
        let found = bad { nodes in
            nodes["w1"]?.report = nil
            nodes["w1"]?.failure = "nobody listens"
            nodes["w1"]?.worker = nil
        }
        #expect(
            found == [
                "fail node w1: no answer at ipc:///w1: nobody listens",
                "fail shard 1 of c: has no leader that answers; 1 of 2 members do",
            ])
        #expect(
            bad { $0["p1"]?.placement = nil } == ["warn placement group: 2 of 3 members answer"])
        #expect(
            bad { $0["p2"]?.placement?.role = .candidate } == [
                "fail placement group: has no leader that answers; 3 of 3 members do"
            ])
    }

    @Test func `names who is somebody else, old, slow, diverged or in another time`() {
        #expect(
            bad { $0["w2"]?.report?.role = "gateway" } == [
                "fail node w2: at ipc:///w2 answers the gateway w2"
            ])
        #expect(
            bad { $0["w2"]?.report?.version = "0" } == [
                "warn node w2: runs 0, and this program is 1"
            ])
        #expect(
            bad { $0["w2"]?.worker?.shards[0].appliedIndex = 30_000 } == [
                "warn shard 1 of c: w2 is 20000 entries behind"
            ])
        #expect(
            bad { $0["w2"]?.worker?.shards[0].isDiverged = true } == [
                "fail shard 1 of c: w2 holds something else than the others and answers no more"
            ])
        #expect(
            bad { $0["w2"]?.clockLead = .seconds(2) } == [
                "warn clocks: w2 is 2000 ms before this machine"
            ])
        #expect(
            bad { $0["w2"]?.clockLead = .seconds(-60) } == [
                "fail clocks: p1 is 60 s before w2"
            ])
    }
}
