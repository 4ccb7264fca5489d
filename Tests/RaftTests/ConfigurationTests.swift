import Primitives
import Raft
import Testing

@Suite struct `A configuration` {
    @Test func `needs both majorities while it is joint`() {
        let joint = Configuration(voters: [1, 2, 4], outgoing: [1, 2, 3])
        #expect(joint.isQuorum { [1, 2].contains($0) })
        #expect(!joint.isQuorum { [1, 4].contains($0) })
        #expect(!joint.isQuorum { [1, 3].contains($0) })
        #expect(joint.isQuorum { [1, 3, 4].contains($0) })
    }

    @Test func `takes the value that a quorum has reached`() {
        let values: [PeerID: UInt64] = [1: 5, 2: 3, 3: 9, 4: 1]
        #expect(Configuration(voters: [1, 2, 3]).quorumValue { values[$0] ?? 0 } == 5)
        #expect(Configuration(voters: [1, 2, 3, 4]).quorumValue { values[$0] ?? 0 } == 3)
        #expect(
            Configuration(voters: [1, 2, 4], outgoing: [1, 2, 3])
                .quorumValue { values[$0] ?? 0 } == 3)
    }
}
