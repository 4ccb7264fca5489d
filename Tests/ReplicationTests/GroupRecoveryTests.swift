import Primitives
import Raft
import Replication
import Testing

@Suite struct `A group that is recovered offline` {
    private let members = Configuration(voters: [1, 2, 3])

    private func stored(_ entryCount: UInt64, term: Term = 7) -> StoredLog {
        StoredLog(
            peer: 2, hardState: HardState(term: term, vote: 3),
            base: LogBase(configuration: members),
            entries: (0..<entryCount).map {
                Entry(term: 5, index: $0 + 1, content: .command([UInt8($0)]))
            })
    }

    @Test func `has its survivor as the only member, behind all that it had`() throws {
        let plan = try GroupRecovery(
            of: 4, stored: stored(3), applied: LogBase(configuration: .empty), commands: [[9]])
        #expect(plan.discarded == [1, 3])
        #expect(plan.term == 1_007)
        #expect(
            plan.records == [
                .hardState(4, HardState(term: 1_007, vote: 2)),
                .entries(
                    4,
                    [
                        Entry(
                            term: 1_007, index: 4,
                            content: .configuration(Configuration(voters: [2]))),
                        Entry(term: 1_007, index: 5, content: .command([9])),
                    ]),
            ])
    }

    @Test func `begins where a snapshot was installed that the log does not know of`() throws {
        let applied = LogBase(index: 50, term: 6, configuration: members)
        let plan = try GroupRecovery(of: 4, stored: stored(3), applied: applied)
        #expect(
            plan.records == [
                .reset(4, peer: 2, HardState(term: 1_007, vote: 2), applied),
                .hardState(4, HardState(term: 1_007, vote: 2)),
                .entries(
                    4,
                    [
                        Entry(
                            term: 1_007, index: 51,
                            content: .configuration(Configuration(voters: [2])))
                    ]),
            ])
    }

    @Test func `leaves a joint configuration that nobody can finish`() throws {
        var log = stored(1)
        let joint = Configuration(voters: [2, 3, 4], outgoing: [1, 2, 3])
        log.entries.append(Entry(term: 6, index: 2, content: .configuration(joint)))
        let plan = try GroupRecovery(
            of: 4, stored: log, applied: LogBase(configuration: .empty))
        #expect(plan.members == joint && plan.discarded == [1, 3, 4])
    }

    @Test func `is refused where it is not needed, or there is nothing to go on with`() {
        let applied = LogBase(configuration: .empty)
        for (configuration, refusal) in [
            (Configuration(voters: [2]), .notNeeded), (.empty, .knowsNothing),
            (Configuration(voters: [1, 3]), .removed(Configuration(voters: [1, 3]))),
        ] as [(Configuration, RecoveryRefusal)] {
            let log = StoredLog(peer: 2, base: LogBase(configuration: configuration))
            #expect(throws: refusal) {
                try GroupRecovery(of: 4, stored: log, applied: applied)
            }
        }
    }

    @Test func `leads alone, commits what it had, and gives its vote to no other`() throws {
        let plan = try GroupRecovery(
            of: 4, stored: stored(3), applied: LogBase(configuration: .empty))
        var log = plan.stored
        for case .entries(_, let entries) in plan.records { log.entries += entries }
        for case .hardState(_, let state) in plan.records { log.hardState = state }
        var raft = MultiRaft(node: "b", settings: ReplicationSettings(), seed: 1)
        raft.restore(4, stored: log, applied: LogBase(configuration: .empty), nodes: [:])
        raft.set(4, nodes: [1: "a", 3: "c"], wantedVoters: [1, 2, 3], knownVoters: [1, 2, 3])
        var applied: [UInt64] = []
        for _ in 0..<200 {
            raft.tick()
            let work = raft.takeWork()
            raft.persisted(work.writes)
            applied += work.applies.flatMap(\.entries).map(\.index)
            #expect(work.outgoing.flatMap(\.messages).isEmpty, "nobody else is in the group")
        }
        #expect(applied == Array(1...5))
        let core = try #require(raft.core(4))
        #expect(core.status.role == .leader && core.configuration.members == [2])

        // The catalog has heard of it: others may come, under other numbers.
        raft.set(4, nodes: [7: "a", 8: "c"], wantedVoters: [2, 7, 8], knownVoters: [2])
        raft.tick()
        #expect(try #require(raft.core(4)).configuration.learners == [7, 8])
    }
}
