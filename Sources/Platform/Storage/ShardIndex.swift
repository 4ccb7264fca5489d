internal import HNSW
package import Protocols
import Synchronization
internal import Vectors

/// The memory of one shard: the HNSW graph over its rows, and which point each of its slots holds.
///
/// Derived from a ``ShardStore`` and never trusted before it: what cannot be restored is built anew
/// from the stored vectors.
///
/// A row of the store is named once; the graph gives a vector any slot, also one that a dead row has
/// left. Nothing but this type knows slots.
///
/// Thread safety: one writer (`apply`, `beginCheckpoint`, `finish`), any number of readers, which do
/// not wait for the writer unless it has replaced what they found several times.
///
/// Invariant: each living row of the store has one slot, and its vector is the slot's.
package final class ShardIndex: Sendable {
    let store: ShardStore
    let graph: HNSWIndex
    let slots: SlotTable
    /// What only the writer uses; the lock is never waited for.
    let writer: Mutex<Writer>
    /// Slots of replaced points that a search may still need: one that began before the new slot was
    /// linked finds the point by its old slot, and then begins anew.
    private let retired = Mutex<[(slot: UInt32, epoch: UInt64)]>([])

    /// Held for each change, and by a search that was overtaken too often.
    private let changing = Mutex(())

    /// The most slots of one shard's graph, those of dead rows included until they are used again.
    package static let capacity = HNSWIndex.defaultCapacity

    /// How graphs are built.
    static let parameters = HNSWParameters()

    /// Who searches: in the same epochs as the searches of the graph.
    private var readers: ReadEpochs { graph.readers }

    init(store: ShardStore, graph: HNSWIndex, slots: SlotTable, _ writer: Writer) {
        self.store = store
        self.graph = graph
        self.slots = slots
        self.writer = Mutex(writer)
    }

    /// How many points can be found.
    package var pointCount: Int { slots.pointCount }
    /// How many slots the graph has, those of dead rows included.
    package var slotCount: Int { graph.rowCount }
    /// About how many bytes a checkpoint of the whole graph has.
    package var graphByteCount: Int { slotCount * Self.graphByteCountPerSlot }

    /// What the index takes of memory, in bytes: graph, vectors and the table of slots.
    package var memoryByteCount: Int {
        graph.memoryByteCount + slotCount * SlotTable.byteCountPerSlot
    }

    /// What the index takes more of memory, about, when it gets this many points: those that find no
    /// free slot.
    package func memoryByteCount(ofNewPoints count: Int) -> Int {
        let freeCount = max(0, slotCount - graph.liveCount - graph.tombstoneCount)
        // An eighth of a list above layer 0 a row, at most.
        let byteCount = graph.byteCountPerRow + SlotTable.byteCountPerSlot + 8
        return max(0, count - freeCount) * byteCount
    }

    /// Measured with real vectors at the default parameters: some 18 links, and the row.
    private static let graphByteCountPerSlot = 84
}

// MARK: - Writing

extension ShardIndex {
    /// What the writer knows beside the graph.
    struct Writer {
        /// The slot of each living row, and of each replaced one until it is retired.
        var slotOfRow: [UInt32: UInt32] = [:]
        /// Rows that no slot holds any more: the next checkpoint deletes their vectors.
        var releasedRows: [UInt32] = []
        /// The checkpoint that this graph was restored from, or has written last: what changed since
        /// then is all that the next one writes.
        var manifest: GraphManifest?
        /// Whether chunks may be stored that no manifest names: what a crash has cut short.
        var hasOrphans = true
        /// The state whose changes the graph has.
        var state: ShardState
        /// How many rows the opening linked, since the checkpoint did not have them.
        var linkedAgainCount = 0
        /// How the last rows were linked, until it is written.
        var trail = GraphTrail()
    }

    /// How many rows were linked at the opening, since the checkpoint did not have them.
    package var linkedAgainCount: Int { writer.withLock { $0.linkedAgainCount } }

    /// Makes changes that the store has searchable, in order.
    ///
    /// The writer's call: one at a time.
    /// A replaced point is found in its old form until the new one is linked.
    package func apply(_ changes: ShardChanges) throws(StorageError) {
        for change in changes.changes {
            try changing.withLock { _ throws(StorageError) in try apply(change) }
        }
        try writeTrail()
        writer.withLock { $0.state = changes.state }
    }

    private func apply(_ change: ShardChanges.Change) throws(StorageError) {
        switch change {
        case .insert(let point, let row, _, let replaced):
            let slot = try insert(point.vector, row: row)
            let old = replaced.flatMap { take(row: $0) }
            slots.set(point.id, slot: slot, replaced: old)
            if let old { retire(old) }
        case .remove(_, let row):
            guard let slot = take(row: row) else { return }
            slots.remove(slot)
            graph.remove(slot)
        }
    }

    /// The slot of a row that is the point's no longer.
    private func take(row: UInt32) -> UInt32? {
        writer.withLock { $0.slotOfRow.removeValue(forKey: row) }
    }

    private func retire(_ slot: UInt32) {
        let epoch = readers.current
        retired.withLock { $0.append((slot, epoch)) }
        reclaim()
    }

    /// Tombstones the retired slots that no search needs any more.
    private func reclaim() {
        readers.advance()
        let free = retired.withLock { retired in
            let free = retired.prefix { readers.isPast($0.epoch) }
            retired.removeFirst(free.count)
            return free
        }
        for (slot, _) in free { graph.remove(slot) }
    }

    /// Inserts the vector of a row, and notes how it was linked.
    private func insert(_ vector: [Float], row: UInt32) throws(StorageError) -> UInt32 {
        let slot = try insert(vector, row: row, linkedTo: [])
        let layers = graph.links(of: slot).map { links in
            slots.rows(ofSlots: links)
        }
        let isFull = writer.withLock { writer in
            writer.trail.steps.append(GraphTrail.Step(row: row, layers: layers))
            return writer.trail.steps.count >= GraphTrail.stepLimit
        }
        if isFull { try writeTrail() }
        return slot
    }

    /// Inserts the vector of a row, near to these slots if that is known.
    func insert(
        _ vector: [Float], row: UInt32, linkedTo advice: [[UInt32]]
    ) throws(StorageError) -> UInt32 {
        var given: Result<UInt32, HNSWError>?
        vector.withUnsafeBufferPointer { buffer in
            given = Result { () throws(HNSWError) in
                try graph.insert(buffer, linkedTo: advice)
            }
        }
        let slot: UInt32
        do {
            slot = try given!.get()
        } catch {
            throw .outOfMemory(what: "the graph", reason: String(describing: error))
        }
        let before = slots.assign(slot, row: row)
        writer.withLock { writer in
            writer.slotOfRow[row] = slot
            if before != SlotTable.noRow { writer.releasedRows.append(before) }
        }
        return slot
    }

    private func writeTrail() throws(StorageError) {
        let trail = writer.withLock { writer in
            defer { writer.trail = GraphTrail() }
            return writer.trail
        }
        try store.write(trail)
    }
}

// MARK: - Searching

extension ShardIndex {
    /// A point that a search found; its vector and payload are in the store, under its row.
    package struct Match: Sendable, Hashable {
        /// The point.
        package var id: PointID
        /// The row of the store that was compared.
        package var row: UInt32
        /// Its score under the collection's metric.
        package var score: Float
    }

    /// How many candidates a walk keeps unless told otherwise.
    package static let defaultEfSearch = 128

    /// How often a search runs beside the writer before it keeps the writer waiting.
    private static let maxAttemptCount = 4

    /// The nearest points, nearest first.
    ///
    /// Sees every change whose `apply` had returned before. A row that was found and then replaced
    /// is not returned; the search runs again instead, so that the point is found in its new form.
    ///
    /// - Parameter query: A vector that passed `Metric.prepared`; the limit is 1 or more.
    package func search(_ query: SearchQuery) -> [Match] {
        readers.read {
            for _ in 0..<Self.maxAttemptCount {
                let (matches, isComplete) = attempt(query)
                if isComplete { return matches }
            }
            return changing.withLock { _ in attempt(query).matches }
        }
    }

    /// One search.
    ///
    /// - Returns: What was found, and whether no point was replaced under way: however many were
    ///   found, such a point may be nearer, in a row that the walk did not see.
    private func attempt(_ query: SearchQuery) -> (matches: [Match], isComplete: Bool) {
        // Retired slots take places among the nearest until they are tombstones.
        let gone = retired.withLock { $0.map(\.slot) }
        let neighbors = neighbors(of: query, limit: query.limit + gone.count)
        return matches(of: neighbors, limit: query.limit, gone)
    }

    private func matches(
        of neighbors: [Neighbor], limit: Int, _ gone: [UInt32]
    ) -> (matches: [Match], isComplete: Bool) {
        let entries = slots.entries(ofSlots: neighbors.lazy.map(\.row))
        let isComplete = zip(neighbors, entries).allSatisfy { $1 != nil || gone.contains($0.row) }
        let matches = zip(neighbors, entries).lazy.compactMap { neighbor, entry in
            entry.map { self.match($0, neighbor) }
        }
        return (Array(matches.prefix(limit)), isComplete)
    }

    /// The nearest points of many vectors, nearest first: what a search of each gives.
    ///
    /// The walks share one view of the graph; a search that was overtaken by a change runs again.
    ///
    /// - Parameter batch: Vectors that passed `Metric.prepared`; the limit is 1 or more.
    package func search(_ batch: SearchBatch) -> [[Match]] {
        guard batch.mode == .approximate else {
            return batch.vectors.map { search(batch.query($0)) }
        }
        let attempts = readers.read {
            let gone = retired.withLock { $0.map(\.slot) }
            return graph.search(
                batch.vectors, limit: batch.limit + gone.count,
                effort: SearchEffort(efSearch: batch.efSearch, recall: batch.recall)
            ).map { matches(of: $0, limit: batch.limit, gone) }
        }
        return zip(batch.vectors, attempts).map { vector, attempt in
            attempt.isComplete ? attempt.matches : search(batch.query(vector))
        }
    }

    private func neighbors(of query: SearchQuery, limit: Int) -> [Neighbor] {
        switch query.mode {
        case .exact:
            graph.exactSearch(query.vector, limit: limit)
        case .approximate:
            graph.search(query.vector, limit: limit, effort: query.effort)
        }
    }

    private func match(_ entry: SlotTable.Entry, _ neighbor: Neighbor) -> Match {
        Match(
            id: entry.id, row: entry.row,
            score: graph.metric.score(fromDistance: neighbor.distance))
    }
}
