package import Actors
package import Logging
import Primitives
package import Raft

/// How a node comes into a group whose peers are the processes of one role in the cluster file:
/// founds it with all others, goes on with what its disk has, or joins as another peer.
///
/// A group begins once, with all its founders there: each has to have seen every other without a
/// group. One that finds it begun joins as another peer, since its disk may be new in the place of one
/// that has voted.
package struct Membership: Sendable {
    /// How the others are asked; each call ends by its deadline.
    package struct Others: Sendable {
        /// The number of the life that another knows; 0 if none has begun.
        package var life: @Sendable (NodeID) async throws -> UInt64
        /// Asks another to let this node in as a peer.
        package var admit: @Sendable (NodeID, PeerID) async throws -> Void

        /// Makes a way to ask.
        package init(
            life: @escaping @Sendable (NodeID) async throws -> UInt64,
            admit: @escaping @Sendable (NodeID, PeerID) async throws -> Void
        ) {
            self.life = life
            self.admit = admit
        }
    }

    private let group: AgreedGroup
    private let node: NodeID
    private let members: [NodeID]
    private let stored: StoredLog?
    private let mayBegin: Bool
    private let store: UInt64
    private let others: Others
    private let logger: Logger

    /// Describes a node's part.
    ///
    /// - Parameters:
    ///   - members: All processes of the role, in an order that all of them have: founders are numbered
    ///     by it.
    ///   - stored: What the log has of the group.
    ///   - mayBegin: Whether a node without a log may found the group.
    ///   - store: The number of the data directory: drawn anew for each disk, so that it names no
    ///     other peer.
    package init(
        in group: AgreedGroup, node: NodeID, members: [NodeID], stored: StoredLog?,
        mayBegin: Bool, store: UInt64, others: Others, logger: Logger
    ) {
        self.group = group
        self.node = node
        self.members = members
        self.stored = stored
        self.mayBegin = mayBegin
        self.store = store
        self.others = others
        self.logger = logger
    }

    /// Whether a node may go on with what its disks have; if not it may have forgotten its vote.
    package static func isIntact(
        _ stored: StoredLog?, isDamaged: Bool, applied: LogIndex
    ) -> Bool {
        !isDamaged && (stored != nil || applied == 0) && applied >= stored?.base.index ?? 0
    }

    /// Takes part in the group until the task is cancelled, and then ends the engine.
    ///
    /// - Parameters:
    ///   - applied: What the machine has durably.
    ///   - begin: Tells a machine that has applied nothing who is in the group.
    ///   - look: Called now and then with what is known of the group.
    package func run(
        _ machine: any ReplicatedStateMachine, applied: @Sendable () -> LogBase,
        begin: (Configuration) -> Void, electionTimeout: Duration,
        look: @escaping @Sendable (GroupStatus) async -> Void,
        untilStopped: (@escaping @Sendable () async -> Void) async -> Void
    ) async {
        let founds = await mayFound()
        let founder = members.firstIndex(of: node).map { PeerID(UInt64($0) + 1) }
        let peer = stored?.peer ?? (founds ? founder : nil) ?? PeerID(store)
        let founders = members.indices.map { PeerID(UInt64($0) + 1) }
        begin(stored?.base.configuration ?? Configuration(voters: founds ? founders : []))
        let nodes = Dictionary(
            zip(founders, members.map(\.rawValue)), uniquingKeysWith: { $1 })
        await group.engine.add(
            group.id, machine: machine, stored: stored, applied: applied(), peer: peer,
            founders: founds ? founders : [], nodes: nodes,
            leads: founds && peer == founders.first, onStatus: { _ in })
        await group.engine.set(group.id, candidateNodes: members.map(\.rawValue))
        group.engine.start(tickInterval: ReplicationTiming.tickInterval(for: electionTimeout))
        await untilStopped { await stay(as: peer, look) }
        await group.engine.shutDown()
    }

    private func stay(
        as peer: PeerID, _ look: @Sendable (GroupStatus) async -> Void
    ) async {
        var wasVoter = true
        while !Task.isCancelled {
            var isVoter = false
            if let status = await group.status() {
                await look(status)
                if !status.voters.contains(peer), status.isSettled || status.voters.isEmpty {
                    await askForAdmission(as: peer, leader: status.leaderNode)
                }
                isVoter = status.voters.contains(peer) && status.isSettled
            }
            if isVoter, !wasVoter { logger.notice("this node votes now") }
            wasVoter = isVoter
            // A cancelled sleep ends early, which is all that is wanted of it.
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private func mayFound() async -> Bool {
        guard stored == nil, mayBegin else { return false }
        var unseen = members.filter { $0 != node }
        while !unseen.isEmpty, !Task.isCancelled {
            for member in unseen {
                // Who does not answer is asked again.
                guard
                    let life = try? await withDeadline(
                        .milliseconds(500), { try await others.life(member) })
                else { continue }
                guard life == 0 else {
                    logger.notice(
                        "the cluster has begun already, this node joins it as another peer",
                        metadata: ["member": "\(member)"])
                    return false
                }
                unseen.removeAll { $0 == member }
            }
            // A cancelled sleep ends early, which is all that is wanted of it.
            try? await Task.sleep(for: .milliseconds(20))
        }
        return !Task.isCancelled
    }

    private func askForAdmission(as peer: PeerID, leader: String?) async {
        for member in members where member != node {
            guard leader == nil || leader == member.rawValue else { continue }
            do {
                try await withDeadline(.seconds(1)) { try await others.admit(member, peer) }
                return
            } catch {
                logger.debug(
                    "not admitted yet", metadata: ["member": "\(member)", "error": "\(error)"])
            }
        }
    }
}
