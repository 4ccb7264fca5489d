import Primitives
package import Raft

/// Where the peers of the groups are: what the placement driver knows.
package struct Directory: Sendable {
    /// A group.
    package struct Group: Sendable {
        /// Its number.
        package var id: GroupID
        /// The nodes of all peers that there ever were: peer `n` is at `nodes[n - 1]`.
        package var nodes: [Int]
        /// The peers whose disk was lost.
        package var lost: [PeerID] = []
        /// The peers that were taken from their nodes.
        package var retired: [PeerID] = []
        /// The first configuration.
        package var first: Configuration
        /// Who shall vote, as the catalog has it; nil: whoever does.
        package var wantedVoters: [PeerID]?

        /// The peers whose replica exists.
        package var living: [PeerID] {
            (1...UInt64(nodes.count)).map { PeerID($0) }
                .filter { !lost.contains($0) && !retired.contains($0) }
        }

        /// The names of the nodes of all peers.
        package var nodeNames: [PeerID: String] {
            var names: [PeerID: String] = [:]
            for (index, node) in nodes.enumerated() {
                names[PeerID(UInt64(index + 1))] = Node.name(node)
            }
            return names
        }

        /// Where a peer is.
        package func node(of peer: PeerID) -> Int { nodes[Int(peer.rawValue) - 1] }
    }

    /// The groups; group `n` is at `n - 1`.
    package var groups: [Group]
    /// Whether the first group is the catalog.
    package let hasCatalog: Bool

    init(_ plan: Plan) {
        hasCatalog = plan.hasCatalog
        groups = (0..<plan.groupCount).map { number in
            let nodes = (0..<plan.voterCount).map { (number + $0) % plan.nodeCount }
            return Group(
                id: GroupID(UInt64(number + 1)), nodes: nodes,
                first: Configuration(voters: (1...UInt64(nodes.count)).map { PeerID($0) }))
        }
    }

    package subscript(group: GroupID) -> Group {
        get { groups[Int(group.rawValue) - 1] }
        set { groups[Int(group.rawValue) - 1] = newValue }
    }

    /// Whether a group is the catalog.
    package func isCatalog(_ group: GroupID) -> Bool { hasCatalog && group == 1 }
}
