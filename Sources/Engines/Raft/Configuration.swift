public import Primitives

/// Who is in a group, and who votes.
///
/// While ``outgoing`` is not empty the configuration is *joint*: every decision needs a majority of
/// ``voters`` and another of ``outgoing``. All three lists are in order, without repetition.
///
/// *Source*: Ongaro 2014, *Consensus: bridging theory and practice*, section 4.3. The single-server
/// change of section 4.1 is not offered: it is unsafe as printed.
public struct Configuration: Sendable, Hashable {
    /// The peers whose votes count.
    public private(set) var voters: [PeerID]
    /// The voters of the configuration that is being left; empty unless joint.
    public private(set) var outgoing: [PeerID]
    /// The peers that get the log and have no vote.
    public private(set) var learners: [PeerID]
    /// Everybody, in order.
    public private(set) var members: [PeerID]

    /// Makes a configuration; the order does not matter.
    public init(voters: [PeerID], outgoing: [PeerID] = [], learners: [PeerID] = []) {
        self.voters = Self.ordered(voters)
        self.outgoing = Self.ordered(outgoing)
        self.learners = Self.ordered(
            learners.filter { !voters.contains($0) && !outgoing.contains($0) })
        members = voters + outgoing.filter { !voters.contains($0) } + self.learners
        members.sort()
    }

    /// In order, without repetition: who is named twice votes once.
    private static func ordered(_ peers: [PeerID]) -> [PeerID] {
        peers.sorted().reduce(into: []) { ordered, peer in
            if ordered.last != peer { ordered.append(peer) }
        }
    }

    /// Nobody: what a peer has that was added to a group and has not heard of it yet.
    public static let empty = Configuration(voters: [])

    /// Whether two majorities are needed.
    public var isJoint: Bool { !outgoing.isEmpty }

    /// Whether a peer's vote counts.
    public func isVoter(_ peer: PeerID) -> Bool {
        voters.contains(peer) || outgoing.contains(peer)
    }

    /// Whether every decision is this peer's alone.
    public func isOnlyVoter(_ peer: PeerID) -> Bool { voters == [peer] && !isJoint }

    /// Whether a peer belongs to the group.
    public func contains(_ peer: PeerID) -> Bool { isVoter(peer) || learners.contains(peer) }
}

// MARK: - Quorums

extension Configuration {
    /// Whether these peers are a quorum: a majority of the voters and, if joint, of the outgoing.
    public func isQuorum(_ hasAgreed: (PeerID) -> Bool) -> Bool {
        Self.isMajority(of: voters, hasAgreed)
            && (outgoing.isEmpty || PlantedFault.jointWithOneMajority.isActive
                || Self.isMajority(of: outgoing, hasAgreed))
    }

    /// Whether a quorum can no longer be had, because these peers have refused.
    public func isLost(_ hasRefused: (PeerID) -> Bool) -> Bool {
        func isLost(_ voters: [PeerID]) -> Bool {
            let left = voters.count { !hasRefused($0) }
            return left < voters.count / 2 + 1
        }
        return isLost(voters) || (!outgoing.isEmpty && isLost(outgoing))
    }

    private static func isMajority(of voters: [PeerID], _ hasAgreed: (PeerID) -> Bool) -> Bool {
        !voters.isEmpty && voters.count(where: hasAgreed) > voters.count / 2
    }

    /// The largest value that a quorum has reached.
    public func quorumValue(_ value: (PeerID) -> UInt64) -> UInt64 {
        func majorityValue(_ voters: [PeerID]) -> UInt64 {
            guard !voters.isEmpty else { return 0 }
            let values = voters.map(value).sorted()
            return values[(voters.count - 1) / 2]
        }
        let value = majorityValue(voters)
        if outgoing.isEmpty || PlantedFault.jointWithOneMajority.isActive { return value }
        return min(value, majorityValue(outgoing))
    }
}

extension Configuration: CustomStringConvertible {
    /// `1 2 3`, `1 2 4 ← 1 2 3`, `1 2 3 + 4`.
    public var description: String {
        func list(_ peers: [PeerID]) -> String {
            peers.map(\.description).joined(separator: " ")
        }
        return list(voters) + (isJoint ? " ← " + list(outgoing) : "")
            + (learners.isEmpty ? "" : " + " + list(learners))
    }
}
