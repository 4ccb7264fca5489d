package import Protocols
package import Raft

/// A group whose peers are processes of one role, as a service of the role uses it: reads of what was
/// agreed on and changes of it, through the leader; errors in the service's words.
package struct AgreedGroup: Sendable {
    /// Drives it.
    package let engine: ReplicationEngine
    /// Which group it is.
    package let id: GroupID
    /// What it agrees on, such as "the catalog".
    private let subject: String
    /// Who its peers are, such as "placement drivers".
    private let peers: String

    /// Names a group.
    package init(_ id: GroupID, of peers: String, on subject: String, _ engine: ReplicationEngine) {
        self.engine = engine
        self.id = id
        self.subject = subject
        self.peers = peers
    }

    /// What is known of the group.
    package func status() async -> GroupStatus? { await engine.status(of: id) }

    /// Returns once the state machine has applied every change that was answered before the call.
    ///
    /// - Throws: ``ServiceError/Code/notLeader`` unless this node leads the group.
    package func confirmLead() async throws {
        let status = await status()
        guard status?.status.role == .leader else { throw notLeader(status?.leaderNode) }
        do {
            let index = try await engine.readIndex(of: id)
            try await engine.waitUntilApplied(index, of: id)
        } catch let error as ReplicationError {
            throw serviceError(error)
        }
    }

    /// Proposes a command, and returns what the state machine made of it.
    ///
    /// - Throws: ``ServiceError``: that this node does not lead, or that the outcome is unknown.
    package func propose<Effect: Sendable>(
        _ command: [UInt8], for effect: Effect.Type
    ) async throws -> Result<Effect, ServiceError> {
        do {
            let result = try await engine.propose(command, to: id)
            guard let result = result as? Result<Effect, ServiceError> else {
                throw ServiceError(.internal, "a command had the result \(result)")
            }
            return result
        } catch let error as ReplicationError {
            throw serviceError(error)
        }
    }

    /// Another node leads, if it is known which.
    package func notLeader(_ node: String?) -> ServiceError {
        ServiceError(
            .notLeader,
            node.map { "\($0) leads the \(peers); ask it" }
                ?? "the \(peers) have no leader at the moment; try again",
            details: node.map { ["leader": $0] } ?? [:])
    }

    private func serviceError(_ error: ReplicationError) -> ServiceError {
        switch error {
        case .notLeader(let node): notLeader(node)
        case .overloaded:
            ServiceError(.overloaded, "too many changes of \(subject) wait; try again later")
        case .superseded: notLeader(nil)
        case .unknownOutcome(let reason):
            ServiceError(
                .unknownOutcome,
                "whether \(subject) was changed is unknown: \(reason); look and try again")
        case .unknownGroup, .stopped:
            ServiceError(.unavailable, "this node is starting or ending; try again")
        }
    }
}
