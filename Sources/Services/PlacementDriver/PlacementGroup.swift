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

    let agreed: AgreedGroup
    let machine: CatalogMachine

    var engine: ReplicationEngine { agreed.engine }

    init(engine: ReplicationEngine, machine: CatalogMachine) {
        agreed = AgreedGroup(Self.id, of: "placement drivers", on: "the catalog", engine)
        self.machine = machine
    }

    /// The catalog with every change that was answered before now.
    ///
    /// - Throws: ``ServiceError/Code/notLeader`` unless this node leads the group.
    func catalog() async throws -> Catalog {
        try await agreed.confirmLead()
        return machine.catalog
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
            switch try await agreed.propose(command.bytes, for: CatalogEffect.self) {
            case .success(let effect): return effect
            case .failure(let error) where error.code == .epochNotMatch: lastError = error
            case .failure(let error): throw error
            }
        }
        throw lastError ?? ServiceError(.internal, "no attempt was made")
    }

    func notLeader(_ node: String?) -> ServiceError { agreed.notLeader(node) }
}
