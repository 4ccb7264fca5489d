import Actors
import Primitives
import Protocols
import Raft
import Replication
import Synchronization
import Testing

@Suite(.serialized) struct `A group of replicas` {
    @Test func `applies every acknowledged command once, in one order, everywhere`() async throws {
        let cluster = try await CountingCluster()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in UInt8(0)..<100 {
                group.addTask { try await cluster.propose([number]) }
            }
            try await group.waitForAll()
        }
        let state = try #require(await cluster.settle())
        #expect(state.commands.map { $0[0] }.sorted() == Array(0..<100))
        await cluster.stop()
    }

    @Test func `shares a sync among commands that wait`() async throws {
        let cluster = try await CountingCluster()
        let leader = try await cluster.leader().node
        let countBefore = leader.log.appendCount.load(ordering: .relaxed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in UInt8(0)..<200 {
                group.addTask {
                    _ = try await leader.engine.propose([number], to: CountingCluster.group)
                }
            }
            try await group.waitForAll()
        }
        let count = leader.log.appendCount.load(ordering: .relaxed) - countBefore
        #expect(count < 200)
        await cluster.stop()
    }

    @Test func `goes on when its leader ends, and loses nothing`() async throws {
        let cluster = try await CountingCluster()
        for number in UInt8(0)..<10 { try await cluster.propose([number]) }
        let first = try await cluster.leader().name
        let ended = try await cluster.end(first)
        for number in UInt8(10)..<20 { try await cluster.propose([number]) }
        #expect(try await cluster.leader().name != first)
        try await cluster.start(first, log: ended.log, machine: ended.machine)
        let state = try #require(await cluster.settle())
        #expect(state.commands.map { $0[0] } == Array(0..<20))
        await cluster.stop()
    }

    @Test func `has everything after all have ended at once`() async throws {
        let cluster = try await CountingCluster()
        for number in UInt8(0)..<10 { try await cluster.propose([number]) }
        var ended: [String: CountingCluster.Node] = [:]
        for name in ["a", "b", "c"] { ended[name] = try await cluster.end(name) }
        // What was applied is lost, and comes back from the logs.
        for (name, node) in ended.sorted(by: { $0.key < $1.key }) {
            try await cluster.start(name, log: node.log, machine: CommandList())
        }
        try await cluster.propose([10])
        let state = try #require(await cluster.settle())
        #expect(state.commands.map { $0[0] } == Array(0...10))
        await cluster.stop()
    }

    @Test func `gives a read index on every replica that covers what was acknowledged`()
        async throws
    {
        let cluster = try await CountingCluster()
        try await cluster.propose([1])
        // Who has not heard of the leader yet cannot ask it.
        #expect(try await cluster.settle() != nil)
        for node in await cluster.nodes.values {
            let index = try await node.engine.readIndex(of: CountingCluster.group)
            try await node.engine.waitUntilApplied(index, of: CountingCluster.group)
            #expect(node.machine.content.commands == [[1]])
        }
        await cluster.stop()
    }

    @Test func `brings one that was away for long back by a snapshot`() async throws {
        var settings = ReplicationSettings()
        settings.maxLogEntryCount = 20
        settings.trailingEntryCount = 4
        settings.snapshotChunkByteCount = 64
        let cluster = try await CountingCluster(settings: settings)
        try await cluster.propose([0])
        let leader = try await cluster.leader().name
        let away = try #require(["a", "b", "c"].first { $0 != leader })
        let ended = try await cluster.end(away)
        for number in UInt8(1)..<120 { try await cluster.propose([number]) }
        let base = try #require(await cluster.leader().node.log.stored(CountingCluster.group)).base
        #expect(base.index > 20)
        try await cluster.start(away, log: ended.log, machine: ended.machine)
        let state = try #require(await cluster.settle())
        #expect(state.commands.map { $0[0] } == Array(0..<120))
        #expect(
            try #require(await cluster.nodes[away]?.log.stored(CountingCluster.group)).base.index
                > 0)
        await cluster.stop()
    }

    @Test func `refuses on a follower, and names the leader`() async throws {
        let cluster = try await CountingCluster()
        try await cluster.propose([1])
        #expect(try await cluster.settle() != nil)
        let leader = try await cluster.leader().name
        let follower = try #require(await cluster.nodes.first { $0.key != leader }).value
        await #expect(throws: ReplicationError.notLeader(node: leader)) {
            _ = try await follower.engine.propose([2], to: CountingCluster.group)
        }
        await cluster.stop()
    }

    @Test func `stops for good when its log cannot be written`() async throws {
        struct Full: Error {}
        let cluster = try await CountingCluster(["a"])
        try await cluster.propose([1])
        let node = try await cluster.leader().node
        node.log.failure.withLock { $0 = Full() }
        await #expect(throws: ReplicationError.self) {
            _ = try await node.engine.propose([2], to: CountingCluster.group)
        }
        node.log.failure.withLock { $0 = nil }
        await #expect(throws: ReplicationError.self) {
            _ = try await node.engine.propose([3], to: CountingCluster.group)
        }
        #expect(node.machine.content.commands == [[1]])
        await cluster.stop()
    }

    @Test func `gives the lead away when its node ends well`() async throws {
        let cluster = try await CountingCluster(tick: .milliseconds(50))
        try await cluster.propose([1])
        let (name, node) = try await cluster.leader()
        let start = ContinuousClock.now
        await node.engine.shutDown()
        let next = try await cluster.leader().name
        #expect(next != name)
        // An election by silence would take ten ticks at least.
        #expect(ContinuousClock.now - start < .milliseconds(450))
        await cluster.stop()
    }

    @Test func `lets its clock stand when nothing happens, and wakes when asked`() async throws {
        var settings = ReplicationSettings()
        settings.raft.quiesceTickCount = 5
        let cluster = try await CountingCluster(settings: settings)
        try await cluster.propose([1])
        let nodes = await Array(cluster.nodes.values)
        for node in nodes { #expect(try await CountingCluster.rests(node)) }
        try await cluster.propose([2])
        #expect(try #require(await cluster.settle()).commands == [[1], [2]])
        await cluster.stop()
    }

    @Test func `elects another when the leader of a group at rest ends`() async throws {
        var settings = ReplicationSettings()
        settings.raft.quiesceTickCount = 5
        let cluster = try await CountingCluster(settings: settings)
        try await cluster.propose([1])
        let (name, node) = try await cluster.leader()
        #expect(try await CountingCluster.rests(node))
        _ = try await cluster.end(name)
        try await cluster.propose([2])
        #expect(try #require(await cluster.settle()).commands == [[1], [2]])
        await cluster.stop()
    }
}

@Suite struct `A batch of messages` {
    private let batch = NodeBatch(
        cluster: 9, sender: "worker-1",
        messages: [
            GroupMessage(
                group: 3,
                message: Message(
                    sender: 1, recipient: 2, term: 4,
                    body: .append(
                        previousIndex: 6, previousTerm: 3, commit: 5,
                        [Entry(term: 4, index: 7, content: .command([1, 2, 3]))]))),
            GroupMessage(
                group: 4,
                message: Message(
                    sender: 1, recipient: 2, term: 4,
                    body: .heartbeat(commit: 5, round: 6, quiesces: true))),
        ])

    @Test func `is what was sent`() throws {
        #expect(try NodeBatch(bytes: batch.bytes) == batch)
    }

    @Test func `is refused when it was cut short, without a trap`() {
        let bytes = batch.bytes
        for count in 0..<bytes.count {
            #expect(throws: ByteError.self) { try NodeBatch(bytes: Array(bytes.prefix(count))) }
        }
    }

    @Test func `is refused or read, whatever bits are wrong`() {
        let bytes = batch.bytes
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            if let read = try? NodeBatch(bytes: flipped) { #expect(read.bytes.count < 10_000) }
        }
    }
}
