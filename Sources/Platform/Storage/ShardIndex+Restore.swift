internal import HNSW
internal import LevelDB
package import Logging
package import Protocols
import Synchronization
internal import Vectors

extension ShardIndex {
    /// Makes the memory of a shard from its store, and hands each living row to `body`.
    ///
    /// The graph comes from its checkpoint, and what follows that from the vectors; without a sound
    /// checkpoint all of it does. Blocks for as long as that takes.
    package static func restore(
        from store: ShardStore, logger: Logger,
        _ body: (_ row: UInt32, _ id: PointID, _ hash: UInt64) -> Void = { _, _, _ in }
    ) throws -> ShardIndex {
        let state = try store.state()
        var points: [LivingRow] = []
        try store.forEachID { row, id, hash in
            guard row < state.nextRow else {
                throw store.corrupted(
                    "the id of row \(row)", "only \(state.nextRow) rows were given")
            }
            points.append(LivingRow(row: row, id: id))
            body(row, id, hash)
        }
        let (index, covered) = try restoredIndex(from: store, state, points, logger)
        try index.insertTail(of: points, fromRow: covered)
        // In the order of before: a point that was written again as it was hangs on its old row.
        index.removeSlotsWithoutPoints()
        guard index.graph.liveCount == points.count else {
            throw store.corrupted(
                "the points", "\(points.count) ids, but \(index.graph.liveCount) living rows")
        }
        return index
    }

    /// A row that holds a point.
    private struct LivingRow {
        var row: UInt32
        var id: PointID
    }

    /// The index as of the last checkpoint, or an empty one if that is missing or damaged.
    ///
    /// - Returns: The index, and the first row that it does not cover.
    private static func restoredIndex(
        from store: ShardStore, _ state: ShardState, _ points: [LivingRow], _ logger: Logger
    ) throws -> (index: ShardIndex, covered: UInt32) {
        if state.nextRow > 0 {
            do {
                guard let manifest = try store.graphManifest() else {
                    throw GraphUnusable.noCheckpoint
                }
                return (try index(of: manifest, from: store, state, points), manifest.nextRow)
            } catch let error where canBeBuiltAnew(after: error) {
                logger.warning(
                    "the graph is built anew from the vectors",
                    metadata: [
                        "shard.id": "\(store.description.shard)", "row.count": "\(state.nextRow)",
                        "reason": "\(error)",
                    ])
            }
        }
        let configuration = store.description.configuration
        let graph = try HNSWIndex(
            dimension: configuration.dimension, metric: configuration.metric,
            element: configuration.element, parameters: parameters, capacity: capacity,
            vectorFile: store.vectorFile)
        return (
            ShardIndex(store: store, graph: graph, slots: SlotTable(), Writer(state: state)), 0
        )
    }

    private static func canBeBuiltAnew(after error: any Error) -> Bool {
        switch error {
        case HNSWError.memoryUnavailable, HNSWError.vectorFileUnavailable: false
        default: error is HNSWError || error is GraphUnusable
        }
    }

    private static func index(
        of manifest: GraphManifest, from store: ShardStore, _ state: ShardState,
        _ points: [LivingRow]
    ) throws -> ShardIndex {
        let header = try GraphHeader(manifest.header)
        let configuration = store.description.configuration
        guard header.dimension == configuration.dimension, header.metric == configuration.metric,
            header.element == configuration.element, header.parameters == parameters,
            header.chunkCount == manifest.chunkGenerations.count
        else { throw GraphUnusable.otherGraph(rowCount: header.rowCount) }
        guard manifest.nextRow <= state.nextRow, manifest.appliedIndex <= state.appliedIndex else {
            throw GraphUnusable.ahead(rowCount: Int(manifest.nextRow))
        }
        var rows: [UInt32] = []
        var writer = Writer(manifest: manifest, state: state)
        let graph = try HNSWIndex(
            restoring: manifest.header, capacity: capacity, vectorFile: store.vectorFile,
            chunk: { number in
                guard let chunk = try store.graphChunk(number, of: manifest) else {
                    throw GraphUnusable.missingChunk(number)
                }
                rows += chunk.rows
                return chunk.graph
            },
            vectors: { put in
                writer.slotOfRow = try slotsOfRows(rows, header.rowCount, before: manifest.nextRow)
                writer.releasedRows = try read(
                    rows, writer.slotOfRow, from: store, before: manifest.nextRow, put)
            })
        let slots = SlotTable()
        try connect(graph, slots, rows, points, &writer, before: manifest.nextRow)
        return ShardIndex(store: store, graph: graph, slots: slots, writer)
    }

    private static func slotsOfRows(
        _ rows: [UInt32], _ slotCount: Int, before nextRow: UInt32
    ) throws -> [UInt32: UInt32] {
        guard rows.count == slotCount else { throw GraphUnusable.wrongSlots }
        var slots = [UInt32: UInt32](minimumCapacity: slotCount)
        for (slot, row) in rows.enumerated() where row != SlotTable.noRow {
            guard row < nextRow, slots.updateValue(UInt32(slot), forKey: row) == nil else {
                throw GraphUnusable.wrongSlots
            }
        }
        return slots
    }

    /// Reads the vectors of all slots in one walk.
    ///
    /// - Returns: The rows whose vectors no slot needs.
    private static func read(
        _ rows: [UInt32], _ slotOfRow: [UInt32: UInt32], from store: ShardStore,
        before nextRow: UInt32, _ put: (UInt32, UnsafeRawBufferPointer) throws -> Void
    ) throws -> [UInt32] {
        var unneeded: [UInt32] = []
        var count = 0
        try store.forEachVector(fromRow: 0, before: nextRow) { row, bytes in
            // Most slots still have the row that they were made for, in its order.
            let guess = count < rows.count && rows[count] == row ? UInt32(count) : nil
            guard let slot = guess ?? slotOfRow[row] else { return unneeded.append(row) }
            try put(slot, bytes)
            count += 1
        }
        guard count == slotOfRow.count else {
            throw GraphUnusable.missingVectors(count: slotOfRow.count - count)
        }
        return unneeded
    }

    /// Gives the points their slots.
    private static func connect(
        _ graph: HNSWIndex, _ slots: SlotTable, _ rows: [UInt32], _ points: [LivingRow],
        _ writer: inout Writer, before nextRow: UInt32
    ) throws {
        var living: [UInt32: UInt32] = [:]
        living.reserveCapacity(points.count)
        var places: [(slot: UInt32, id: PointID)] = []
        places.reserveCapacity(points.count)
        for point in points where point.row < nextRow {
            guard let slot = writer.slotOfRow[point.row], graph.isLive(slot) else {
                throw GraphUnusable.deadRow(point.row)
            }
            places.append((slot, point.id))
            living[point.row] = slot
        }
        writer.slotOfRow = living
        slots.fill(rows: rows, points: places)
    }

    /// Inserts the living rows that the graph does not have, the way they were linked before.
    private func insertTail(of points: [LivingRow], fromRow first: UInt32) throws {
        var points = points[points.partitionIndex { $0.row >= first }...]
        writer.withLock { $0.linkedAgainCount = points.count }
        var trail = try store.trail(fromRow: first)
        try store.forEachVector(fromRow: first, before: .max) { row, bytes in
            guard let point = points.first, point.row <= row else {
                return writer.withLock { $0.releasedRows.append(row) }
            }
            guard point.row == row else {
                throw store.corrupted("the vector of row \(point.row)", "it is missing")
            }
            points.removeFirst()
            let slot = try insert(
                VectorBytes.vector(bytes), row: row,
                linkedTo: advice(of: trail.removeValue(forKey: row) ?? []))
            slots.set(point.id, slot: slot, replaced: nil)
        }
        if let point = points.first {
            throw store.corrupted("the vector of row \(point.row)", "it is missing")
        }
    }

    /// Makes tombstones of the slots whose points have gone since the checkpoint.
    private func removeSlotsWithoutPoints() {
        let all = UInt32(0)..<UInt32(graph.rowCount)
        for (slot, entry) in zip(all, slots.entries(ofSlots: all)) where entry == nil {
            if graph.isLive(slot) { graph.remove(slot) }
        }
    }

    /// The slots of the rows that a row was linked to, without those that have gone; nothing if those
    /// that are left would not do: the nearest has gone, or more than a quarter of a layer.
    ///
    /// Half of the links was not enough: after many replacements rows were found by wide walks only.
    private func advice(of layers: [[UInt32]]) -> [[UInt32]] {
        let slots = writer.withLock { writer in
            layers.map { links in links.map { writer.slotOfRow[$0] } }
        }
        let isWhole = slots.allSatisfy { layer in
            guard let nearest = layer.first, nearest != nil else { return false }
            return layer.count { $0 != nil } * 4 >= layer.count * 3
        }
        return isWhole ? slots.map { $0.compactMap(\.self) } : []
    }
}

extension Array {
    /// The first index whose element, and all behind it, satisfy a condition.
    fileprivate func partitionIndex(_ condition: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension ShardStore {
    /// How the rows from this one on were linked, as far as it was noted.
    fileprivate func trail(fromRow row: UInt32) throws -> [UInt32: [[UInt32]]] {
        var steps: [UInt32: [[UInt32]]] = [:]
        try database.forEach(withPrefix: Keyspace.graphTrails) { _, value in
            for step in GraphTrail(bytes: Array(value))?.steps ?? [] where step.row >= row {
                steps[step.row] = step.layers
            }
        }
        return steps
    }
}

extension ShardStore {
    /// Where the vectors of the index are, if they are not to be in memory: beside the files of the
    /// store, made anew from it at each opening.
    fileprivate var vectorFile: String? {
        description.configuration.memory == .disk ? path + "/vectors" : nil
    }
}

extension CollectionConfiguration {
    /// What the index has of each component.
    fileprivate var element: VectorElement { memory.element(under: metric) }
}

/// Why a stored graph is not used, though its bytes may be sound.
private enum GraphUnusable: Error, CustomStringConvertible {
    case noCheckpoint
    case otherGraph(rowCount: Int)
    case ahead(rowCount: Int)
    case missingChunk(Int)
    case wrongSlots
    case missingVectors(count: Int)
    case deadRow(UInt32)

    var description: String {
        switch self {
        case .noCheckpoint: "no checkpoint was written"
        case .otherGraph(let rowCount):
            "the checkpoint of \(rowCount) slots has other parameters than the shard"
        case .ahead(let rowCount):
            "the checkpoint covers \(rowCount) rows, more than were given"
        case .missingChunk(let number): "chunk \(number) of the checkpoint is missing or damaged"
        case .wrongSlots: "the slots of the checkpoint do not hold one row each"
        case .missingVectors(let count): "\(count) vectors of the checkpoint are missing"
        case .deadRow(let row): "the checkpoint has removed row \(row), which holds a point"
        }
    }
}
