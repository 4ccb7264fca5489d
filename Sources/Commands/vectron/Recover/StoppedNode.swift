import Auth
import Foundation
import Logging
import PlacementDriver
import Primitives
import Protocols
import Raft
import Replication
import Storage

/// The data of a node that does not run: claimed, so that it cannot be started meanwhile.
struct StoppedNode {
    let directory: DataDirectory
    /// What the log has.
    let log: LogInspection

    /// Claims a directory.
    ///
    /// - Throws: A `StorageError`, also if the node runs.
    init(at path: String) throws {
        directory = try DataDirectory(existingAt: path)
        log = try LogInspection(of: directory)
    }

    /// What the state machine of a group has durably.
    func applied(of group: GroupID) throws -> LogBase {
        switch group {
        case PlacementGroup.id: try directory.appliedOfCatalog()
        case AuthGroup.id: try directory.appliedOfAuth()
        default: try directory.applied(ofShard: group.rawValue)
        }
    }
}

extension GroupID {
    /// What people call the group.
    var title: String {
        switch self {
        case PlacementGroup.id: "the catalog"
        case AuthGroup.id: "the auth state"
        default: "shard \(self)"
        }
    }
}

// MARK: - Planning

extension StoppedNode {
    /// More changes of the catalog than a survivor can have missed, and more numbers than they gave.
    private static let skippedCount: UInt64 = 10_000

    /// How the group of the catalog goes on with this node alone.
    func planOfCatalog() throws -> GroupRecovery {
        try plan(
            of: PlacementGroup.id,
            commands: [CatalogCommand.skipNumbers(Self.skippedCount).bytes])
    }

    /// How the group of the auth nodes goes on with this node alone.
    func planOfAuth() throws -> GroupRecovery { try plan(of: AuthGroup.id, commands: []) }

    /// How the group of a shard goes on with the replica of this node alone.
    func plan(ofShard shard: UInt64) throws -> GroupRecovery {
        try plan(of: GroupID(shard), commands: [])
    }

    private func plan(of group: GroupID, commands: [[UInt8]]) throws -> GroupRecovery {
        let name = group.title
        guard log.ids.contains(group) else {
            throw CommandError("\(directory.path) holds nothing of \(name); name the right node")
        }
        guard let stored = log.groups[group] else {
            throw CommandError(
                """
                the log of \(name) in \(directory.path) is damaged, so that nobody knows what it had; \
                recover from another survivor
                """)
        }
        do {
            return try GroupRecovery(
                of: group, stored: stored, applied: try applied(of: group), commands: commands)
        } catch let refusal as RecoveryRefusal {
            throw CommandError("\(name) is not recovered from peer \(stored.peer): \(refusal)")
        }
    }
}

// MARK: - Recovering

extension StoppedNode {
    /// Says what is lost, and carries plans out if that is wanted: all of them or none.
    func recover(_ plans: [GroupRecovery], isWanted: Bool) throws {
        let map = try? directory.savedMap()  // only for names, which are not needed
        for plan in plans { Main.writeError(text(of: plan, map)) }
        guard isWanted else {
            Main.writeError(
                """
                NOTHING WAS CHANGED. If the other members are lost for ever, say it again with --yes; \
                if one can be brought back, do that instead.
                """)
            return
        }
        try leaveReport(plans)
        var log = try directory.openLog(logger: Logger(label: "vectron.recover"))
        try log.append(plans.flatMap(\.records))
        try log.seal()
        Main.writeError(
            """
            DONE; \(directory.path)/recovery.json keeps what was done. Start this node. Wipe the data \
            of the other members before they are started again, and restart the gateways.
            """)
    }

    private func text(of plan: GroupRecovery, _ map: ClusterMap?) -> String {
        let name = plan.group.title.uppercased()
        let shard = map?.collections.lazy.flatMap(\.shards)
            .first { $0.id.rawValue == plan.group.rawValue }
        let others = plan.discarded.map { peer in
            let worker = shard?.replicas.first { $0.id.rawValue == peer.rawValue }?.worker
            return worker.map { "\(peer) (\($0))" } ?? "\(peer)"
        }
        let stored = plan.stored
        return """
            \(name) of cluster \(directory.identity.cluster), node \(directory.identity.node):
              peer \(plan.peer) becomes the only member, with all of its log: last index \
            \(stored.lastIndex) of term \(stored.lastTerm); its term rises from \
            \(stored.hardState.term) to \(plan.term).
              The members \(others.joined(separator: ", ")) do not count any more: they must never \
            come back with the data that they had.
              LOST: whatever a majority of \(plan.members) has acknowledged and this node never got. \
            What it got and nobody acknowledged counts from now on.\(
                plan.group == AuthGroup.id ? " " + Self.lostRevocations : "")
            """
    }

    private static let lostRevocations = """
        So keys, sessions and users that were revoked or deleted lately may be good again: look them \
        through.
        """

    /// What the report keeps of one recovery.
    private struct Report: Codable {
        var time: String
        var release: String
        var cluster: String
        var node: String
        var group: UInt64
        var peer: UInt64
        var members: String
        var discarded: [UInt64]
        var lastIndex: UInt64
        var lastTerm: UInt64
        var termBefore: UInt64
        var term: UInt64
    }

    /// Before the change, so that none is without its report.
    private func leaveReport(_ plans: [GroupRecovery]) throws {
        let time = Date.now.formatted(.iso8601)
        let old = try directory.recoveryReport().map {
            try JSONDecoder().decode([Report].self, from: $0)
        }
        let new = plans.map { plan in
            Report(
                time: time, release: Release.version, cluster: directory.identity.cluster,
                node: directory.identity.node, group: plan.group.rawValue,
                peer: plan.peer.rawValue, members: plan.members.description,
                discarded: plan.discarded.map(\.rawValue), lastIndex: plan.stored.lastIndex,
                lastTerm: plan.stored.lastTerm, termBefore: plan.stored.hardState.term,
                term: plan.term)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try directory.leave(recoveryReport: try encoder.encode((old ?? []) + new))
    }
}
