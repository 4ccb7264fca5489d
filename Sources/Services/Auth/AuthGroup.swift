import Primitives
import Protocols
package import Raft
import Replication

/// The auth state as the auth nodes have agreed on it: reads and changes of it, through the group.
package struct AuthGroup: Sendable {
    /// The group of the auth nodes: no shard has this number, and the catalog has another.
    package static let id = GroupID(.max)

    let agreed: AgreedGroup
    let machine: AuthMachine

    init(engine: ReplicationEngine, machine: AuthMachine) {
        agreed = AgreedGroup(Self.id, of: "auth nodes", on: "the auth state", engine)
        self.machine = machine
    }

    /// The state with every change that was answered before now: so a revocation holds for whoever
    /// asks after it was answered.
    ///
    /// - Throws: ``ServiceError/Code/notLeader`` unless this node leads the group.
    func state() async throws -> AuthState {
        try await agreed.confirmLead()
        return machine.state
    }

    /// Changes the state.
    ///
    /// - Throws: ``ServiceError``: why the command was refused, or that this node does not lead, or
    ///   that the outcome is unknown.
    @discardableResult
    func propose(_ command: AuthCommand) async throws -> AuthEffect {
        try await agreed.propose(command.bytes, for: AuthEffect.self).get()
    }
}
