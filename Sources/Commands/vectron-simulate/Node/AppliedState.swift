package import PlacementDriver
import Primitives
import Protocols
package import Raft
import Storage
package import Worker

/// What one replica's state machine holds, with how far it is and whom it has answered: all that
/// one write batch changes together.
package struct AppliedState: Sendable {
    /// Up to where the log is applied, and who is in the group as of there.
    package var base: LogBase
    /// The last command of each client and its result, by client.
    package var sessions: [Session] = []
    /// The data.
    package var machine: Machine

    /// The last command of a client.
    package struct Session: Sendable, Hashable {
        /// The client.
        package var client: UInt64
        /// The number of its last command.
        package var number: UInt64
        /// What came of it.
        package var result: UInt64
    }

    /// One of the production state machines, with the rows that its changes make.
    package enum Machine: Sendable {
        /// A shard.
        case shard(Shard)
        /// The catalog.
        case catalog(Catalog)
    }

    /// A shard's state machine and store.
    package struct Shard: Sendable {
        /// Decides what changes.
        package var machine = ShardStateMachine()
        /// The points, by key.
        package var points: [Point] = []
    }

    /// A point of a store.
    package struct Point: Sendable, Hashable {
        /// Its id.
        package var key: UInt64
        /// What its payload says.
        package var value: UInt64
        /// Its row.
        package var row: UInt32
    }

    /// A state in which nothing was applied.
    package init(base: LogBase, isCatalog: Bool) {
        self.base = base
        machine = isCatalog ? .catalog(Catalog()) : .shard(Shard())
    }
}

// MARK: - Applying

extension AppliedState {
    /// What an entry did.
    package struct Outcome: Sendable {
        /// The client and number of the command, if it was one.
        package var command: CommandHeader?
        /// What the client is told.
        package var result: UInt64 = 0
        /// Whether the command was carried out, rather than known already.
        package var isExecuted = false
    }

    /// Applies the next entry.
    package mutating func apply(_ entry: Entry) -> Outcome {
        precondition(
            entry.index == base.index + 1, "entry \(entry.index) cannot follow \(base.index)")
        base.index = entry.index
        base.term = entry.term
        switch entry.content {
        case .empty: return Outcome()
        case .configuration(let configuration):
            base.configuration = configuration
            return Outcome()
        case .command(let bytes):
            let command = Command(bytes: bytes)
            return execute(command)
        }
    }

    private mutating func execute(_ command: Command) -> Outcome {
        let header = command.header
        let position = sessions.firstIndex { $0.client >= header.client } ?? sessions.count
        let isKnown = position < sessions.count && sessions[position].client == header.client
        if isKnown, header.number <= sessions[position].number,
            !PlantedFault.retryExecutedAgain.isActive
        {
            let isLast = header.number == sessions[position].number
            return Outcome(
                command: header,
                result: isLast ? sessions[position].result : CommandResult.expired)
        }
        let result = machine.apply(command.body)
        let session = Session(client: header.client, number: header.number, result: result)
        if isKnown { sessions[position] = session } else { sessions.insert(session, at: position) }
        return Outcome(command: header, result: result, isExecuted: true)
    }

    /// The fingerprint of all of it but the configuration: a peer that joins learns who is in the
    /// group only by the entry that says so.
    package var digest: UInt64 {
        var digest = Digest()
        digest.mix(base.index)
        digest.mix(base.term)
        for session in sessions {
            digest.mix(session.client)
            digest.mix(session.number)
            digest.mix(session.result)
        }
        switch machine {
        case .shard(let shard):
            digest.mix(shard.machine.state.appliedIndex)
            digest.mix(UInt64(shard.machine.state.nextRow))
            digest.mix(shard.machine.pointCount)
            for point in shard.points {
                digest.mix(point.key)
                digest.mix(point.value)
                digest.mix(UInt64(point.row))
            }
        case .catalog(let catalog):
            digest.mix(catalog.epoch.rawValue)
            digest.mix(catalog.collections.count)
            for collection in catalog.collections {
                digest.mix(collection.id.rawValue)
                digest.mix(Array(collection.configuration.name.utf8))
                for shard in collection.shards { digest.mix(shard.id.rawValue) }
            }
            for worker in catalog.workers { digest.mix(Array(worker.node.utf8)) }
            for tombstone in catalog.tombstones { digest.mix(tombstone.rawValue) }
        }
        return digest.value
    }
}

extension AppliedState.Machine {
    /// Carries a command out.
    mutating func apply(_ body: Command.Body) -> UInt64 {
        switch (self, body) {
        case (.shard(var shard), .shard(let command)):
            // So that the machine's tables are not shared while they change.
            self = .shard(AppliedState.Shard())
            let count = shard.apply(command)
            self = .shard(shard)
            return UInt64(count)
        case (.catalog(var catalog), .catalog(let command)):
            let result = catalog.apply(command)
            if let defect = catalog.violatedInvariant { preconditionFailure(defect) }
            self = .catalog(catalog)
            return switch result {
            case .success(.unchanged): CommandResult.unchanged
            case .success: CommandResult.done
            case .failure: CommandResult.refused
            }
        default: preconditionFailure("a command of another state machine: \(body)")
        }
    }
}

extension AppliedState.Shard {
    fileprivate mutating func apply(_ command: ShardCommand) -> Int {
        var changes = ShardChanges(state: machine.state)
        let count = machine.apply(
            command, at: machine.state.appliedIndex + 1, adding: &changes)
        for change in changes.changes {
            switch change {
            case .insert(let point, let row, _):
                put(AppliedState.Point(key: point.id.key, value: point.value, row: row))
            case .remove(let id, _): points.removeAll { $0.key == id.key }
            }
        }
        return count
    }

    private mutating func put(_ point: AppliedState.Point) {
        let position = points.firstIndex { $0.key >= point.key } ?? points.count
        if position < points.count, points[position].key == point.key {
            points[position] = point
        } else {
            points.insert(point, at: position)
        }
    }
}

extension PointID {
    /// The number of a point of the simulation.
    fileprivate var key: UInt64 {
        guard case .number(let number) = self else { preconditionFailure("\(self) is no number") }
        return number
    }
}

extension StoredPoint {
    /// What its payload says.
    fileprivate var value: UInt64 { payload.reduce(0) { $0 << 8 | UInt64($1) } }
}
