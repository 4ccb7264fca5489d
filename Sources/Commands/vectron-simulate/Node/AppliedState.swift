package import PlacementDriver
import Primitives
import Protocols
package import Raft
import Storage
package import Worker

/// What one replica's store holds: the data, how far it is, and which writes were done; all that
/// one write batch changes together.
///
/// Beside it the production state machine that decides the changes.
package struct AppliedState: Sendable {
    /// Up to where the log is applied, and who is in the group as of there.
    package var base: LogBase
    /// The state machine and its data.
    package var machine: Machine

    /// One of the production state machines.
    package enum Machine: Sendable {
        /// A shard.
        case shard(Shard)
        /// The catalog.
        case catalog(Catalog)
    }

    /// A state in which nothing was applied.
    package init(base: LogBase, isCatalog: Bool) {
        self.base = base
        machine =
            isCatalog
            ? .catalog(Catalog())
            : .shard(Shard(machine: ShardStateMachine(state: ShardState(applied: base))))
    }

    /// What an entry did.
    package struct Outcome: Sendable {
        /// The client's write, if it was one.
        package var command: CommandHeader?
        /// What the client is told; see ``CommandResult``.
        package var result: UInt64 = 0
        /// Whether the write was carried out, rather than known already.
        package var isExecuted = false
        /// What the leader is to propose next.
        package var next: ShardCommand?
        /// Whether the state machine has found that it is not what the leader's is.
        package var hasDiverged = false
    }

    /// Applies the next entry.
    package mutating func apply(_ entry: Entry) -> Outcome {
        base.index = entry.index
        base.term = entry.term
        if case .configuration(let configuration) = entry.content {
            base.configuration = configuration
        }
        switch machine {
        case .shard(var shard):
            // So that the machine's tables are not shared while they change.
            machine = .catalog(Catalog())
            defer { machine = .shard(shard) }
            return shard.apply(entry)
        case .catalog(var catalog):
            guard case .command(let bytes) = entry.content else { return Outcome() }
            defer { machine = .catalog(catalog) }
            return catalog.outcome(of: bytes)
        }
    }

    /// The process begins again: the state machine is made anew from what the store holds.
    package mutating func reopen() {
        guard case .shard(var shard) = machine else { return }
        shard.reopen(at: base)
        machine = .shard(shard)
    }

    /// The fingerprint of all of it but the configuration: a peer that joins learns who is in the
    /// group only by the entry that says so.
    package var digest: UInt64 {
        var digest = Digest()
        digest.mix(base.index)
        digest.mix(base.term)
        switch machine {
        case .shard(let shard): shard.mix(into: &digest)
        case .catalog(let catalog): digest.mix(catalog.bytes)
        }
        return digest.value
    }
}

extension Catalog {
    /// Applies a command.
    fileprivate mutating func outcome(of bytes: [UInt8]) -> AppliedState.Outcome {
        let command: CatalogCommand
        do {
            command = try CatalogCommand(bytes: bytes)
        } catch {
            preconditionFailure("a command that is none: \(error)")
        }
        let result = apply(command)
        if let violatedInvariant { preconditionFailure(violatedInvariant) }
        return AppliedState.Outcome(
            result: (try? result.get()) == nil ? CommandResult.refused : CommandResult.done)
    }
}
