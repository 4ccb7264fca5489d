package import Protocols

/// A point in the form in which it is stored and replicated.
package struct StoredPoint: Sendable, Hashable, Codable {
    /// The point's id.
    package var id: PointID
    /// Its vector, under cosine of length 1.
    package var vector: [Float]
    /// Its payload: a MessagePack map with its keys sorted.
    package var payload: [UInt8]

    /// Makes a stored point.
    package init(id: PointID, vector: [Float], payload: [UInt8]) {
        self.id = id
        self.vector = vector
        self.payload = payload
    }
}

/// What applying commands changes, in order: the content of one write batch.
package struct ShardChanges: Sendable, Hashable {
    /// One change.
    package enum Change: Sendable, Hashable {
        /// A point gets a row of its own, and loses the row that it had.
        case insert(StoredPoint, row: UInt32, replaced: UInt32?)
        /// A point loses its row and is gone.
        case remove(PointID, row: UInt32)
    }

    /// The changes, in the order of the commands.
    package var changes: [Change]
    /// How far the shard is after them.
    package var state: ShardState

    /// Begins without changes.
    package init(state: ShardState) {
        changes = []
        self.state = state
    }
}
