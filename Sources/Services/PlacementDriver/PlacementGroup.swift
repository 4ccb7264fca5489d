import Actors
import Primitives
import Protocols
package import Raft
import Replication

/// The catalog as the placement drivers have agreed on it: reads and changes of it, through the
/// group.
package struct PlacementGroup: Sendable {
    /// The group of the catalog; those of shards are their numbers, from 1.
    package static let id: GroupID = 0

    let engine: ReplicationEngine
    let machine: CatalogMachine

    /// The catalog with every change that was answered before now.
    ///
    /// - Throws: ``ServiceError/Code/notLeader`` unless this node leads the group.
    func catalog() async throws -> Catalog {
        let status = await engine.status(of: Self.id)
        guard status?.status.role == .leader else { throw Self.notLeader(status?.leaderNode) }
        do {
            let index = try await engine.readIndex(of: Self.id)
            try await engine.waitUntilApplied(index, of: Self.id)
            return machine.catalog
        } catch let error as ReplicationError {
            throw Self.serviceError(error)
        }
    }

    /// How often a command is chosen anew because the catalog has changed meanwhile.
    private static let maxAttemptCount = 8

    /// Changes the catalog by a command that is chosen in view of it.
    ///
    /// - Parameter choose: Makes the command; called again if another change came between.
    /// - Returns: What changed.
    /// - Throws: ``ServiceError``: why the command was refused, or that this node does not lead, or
    ///   that the outcome is unknown.
    func propose(
        _ choose: @Sendable (Catalog) throws(ServiceError) -> CatalogCommand
    ) async throws -> CatalogEffect {
        var lastError: ServiceError?
        for _ in 0..<Self.maxAttemptCount {
            let command = try choose(try await catalog())
            switch try await propose(command) {
            case .success(let effect): return effect
            case .failure(let error) where error.code == .epochNotMatch: lastError = error
            case .failure(let error): throw error
            }
        }
        throw lastError ?? ServiceError(.internal, "no attempt was made")
    }

    private func propose(
        _ command: CatalogCommand
    ) async throws -> Result<CatalogEffect, ServiceError> {
        do {
            let result = try await engine.propose(command.bytes, to: Self.id)
            guard let result = result as? Result<CatalogEffect, ServiceError> else {
                throw ServiceError(.internal, "a command had the result \(result)")
            }
            return result
        } catch let error as ReplicationError {
            throw Self.serviceError(error)
        }
    }

    static func notLeader(_ node: String?) -> ServiceError {
        ServiceError(
            .notLeader,
            node.map { "placement driver \($0) leads; ask it" }
                ?? "the placement drivers have no leader at the moment; try again",
            details: node.map { ["leader": $0] } ?? [:])
    }

    private static func serviceError(_ error: ReplicationError) -> ServiceError {
        switch error {
        case .notLeader(let node): notLeader(node)
        case .overloaded:
            ServiceError(.overloaded, "too many changes of the catalog wait; try again later")
        case .superseded: notLeader(nil)
        case .unknownOutcome(let reason):
            ServiceError(
                .unknownOutcome,
                "whether the catalog was changed is unknown: \(reason); look and try again")
        case .unknownGroup, .stopped:
            ServiceError(.unavailable, "this placement driver is starting or ending; try again")
        }
    }
}
