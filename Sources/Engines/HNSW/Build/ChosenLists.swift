/// Lists of links that were chosen and are not published yet.
///
/// Thread safety: the leader makes room; then each list has one writer, and is read when all have
/// ended.
final class ChosenLists: @unchecked Sendable {
    // Sendable: see above; the memory does not move while anybody writes.

    private let slotCount: Int
    private var rows: UnsafeMutablePointer<Row>
    private var counts: UnsafeMutablePointer<Int32>
    private var capacity = 0

    /// No lists, of at most `slotCount` rows each.
    init(slotCount: Int) {
        self.slotCount = slotCount
        rows = .allocate(capacity: 0)
        counts = .allocate(capacity: 0)
    }

    deinit {
        rows.deallocate()
        counts.deallocate()
    }

    /// Makes room for lists 0..<`count`; what was in them is lost.
    func makeRoom(for count: Int) {
        if count <= capacity { return }
        capacity = max(count, capacity * 2)
        rows.deallocate()
        counts.deallocate()
        rows = .allocate(capacity: capacity * slotCount)
        counts = .allocate(capacity: capacity)
        counts.initialize(repeating: 0, count: capacity)
    }

    /// Writes a list.
    func set(_ list: Int, to chosen: UnsafePointer<Row>, count: Int) {
        precondition(list < capacity && count <= slotCount, "\(count) links in list \(list)")
        (rows + list * slotCount).update(from: chosen, count: count)
        counts[list] = Int32(count)
    }

    /// A list; good until `makeRoom`.
    subscript(list: Int) -> UnsafeBufferPointer<Row> {
        precondition(list < capacity, "list \(list) of \(capacity)")
        return UnsafeBufferPointer(start: rows + list * slotCount, count: Int(counts[list]))
    }
}
