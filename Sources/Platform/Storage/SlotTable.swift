package import Protocols
import Synchronization

/// What each slot of a shard's graph holds, in memory: what turns the slots that a search found into
/// points.
///
/// A slot has the row of the store that its vector came from, and the point, as long as the row is
/// the point's. The row of a dead slot stays known: its vector is needed while the graph has it.
///
/// Thread safety: any thread may call anything; the lock is held for a few microseconds. Slots are in
/// chunks, so that growing never copies them all under the lock.
///
/// *Units*: 28 bytes a slot, and the text of ids that are strings of more than 15 bytes.
package final class SlotTable: Sendable {
    /// The row of a slot that holds nothing.
    static let noRow = UInt32.max
    /// What a slot takes of memory, but for long ids.
    static let byteCountPerSlot = 28

    /// The point of a slot, and the row of the store that has it.
    package struct Entry: Sendable, Hashable {
        package var id: PointID
        package var row: UInt32
    }

    fileprivate struct Chunk {
        var ids = [PointID?](repeating: nil, count: SlotTable.chunkSlotCount)
        var rows = [UInt32](repeating: SlotTable.noRow, count: SlotTable.chunkSlotCount)
    }

    fileprivate struct Content {
        var chunks: [Chunk] = []
        var pointCount = 0
    }

    fileprivate static let chunkSlotCount = 4096
    private let content = Mutex(Content())

    /// An empty table.
    package init() {}

    /// How many slots hold a point.
    package var pointCount: Int { content.withLock { $0.pointCount } }

    /// Gives a slot to a row, whose point is not there yet.
    ///
    /// - Returns: The row that the slot held before.
    @discardableResult
    func assign(_ slot: UInt32, row: UInt32) -> UInt32 {
        content.withLock { content in
            content.set(nil, at: slot)
            return content.setRow(row, at: slot)
        }
    }

    /// Gives a point the slot of its new row and takes the slot that it had: no reader sees both or
    /// none.
    func set(_ id: PointID, slot: UInt32, replaced: UInt32?) {
        content.withLock { content in
            content.set(id, at: slot)
            if let replaced { content.set(nil, at: replaced) }
        }
    }

    /// Takes the point from a slot.
    func remove(_ slot: UInt32) { content.withLock { $0.set(nil, at: slot) } }

    /// Takes the rows from slots that nobody uses.
    ///
    /// - Returns: The rows that they held.
    func release(_ slots: [UInt32]) -> [UInt32] {
        content.withLock { content in
            slots.map { content.setRow(SlotTable.noRow, at: $0) }.filter { $0 != SlotTable.noRow }
        }
    }

    /// Fills an empty table.
    ///
    /// - Parameter rows: The row of each slot.
    func fill(rows: [UInt32], points: [(slot: UInt32, id: PointID)]) {
        content.withLock { content in
            for (slot, row) in rows.enumerated() { content.setRow(row, at: UInt32(slot)) }
            for (slot, id) in points { content.set(id, at: slot) }
        }
    }

    /// What these slots hold at one moment; nil where a slot has no point (any more, or not yet).
    func entries(ofSlots slots: some Sequence<UInt32>) -> [Entry?] {
        content.withLock { content in slots.map { content.entry(at: $0) } }
    }

    /// The rows of some slots, `noRow` where a slot holds none.
    func rows(ofSlots slots: some Sequence<UInt32>) -> [UInt32] {
        content.withLock { content in slots.map { content.row(at: $0) } }
    }
}

extension SlotTable.Content {
    private func place(_ slot: UInt32) -> (chunk: Int, offset: Int) {
        let (chunk, offset) = Int(slot).quotientAndRemainder(dividingBy: SlotTable.chunkSlotCount)
        return (chunk, offset)
    }

    private mutating func makeRoom(forChunk chunk: Int) {
        while chunks.count <= chunk { chunks.append(SlotTable.Chunk()) }
    }

    fileprivate mutating func set(_ id: PointID?, at slot: UInt32) {
        let (chunk, offset) = place(slot)
        makeRoom(forChunk: chunk)
        pointCount += (id == nil ? 0 : 1) - (chunks[chunk].ids[offset] == nil ? 0 : 1)
        chunks[chunk].ids[offset] = id
    }

    @discardableResult
    fileprivate mutating func setRow(_ row: UInt32, at slot: UInt32) -> UInt32 {
        let (chunk, offset) = place(slot)
        makeRoom(forChunk: chunk)
        defer { chunks[chunk].rows[offset] = row }
        return chunks[chunk].rows[offset]
    }

    fileprivate func row(at slot: UInt32) -> UInt32 {
        let (chunk, offset) = place(slot)
        return chunk < chunks.count ? chunks[chunk].rows[offset] : SlotTable.noRow
    }

    fileprivate func entry(at slot: UInt32) -> SlotTable.Entry? {
        let (chunk, offset) = place(slot)
        guard chunk < chunks.count, let id = chunks[chunk].ids[offset] else { return nil }
        return SlotTable.Entry(id: id, row: chunks[chunk].rows[offset])
    }
}
