import Glibc

/// Finds the node of the graph that holds exactly the same vector.
///
/// Equal vectors are kept out of the graph: a thousand nodes at distance 0 from each other would
/// fill each other's lists, and the selection heuristic cannot choose among them, so most would
/// end up without an incoming link. Instead, one of them stands in the graph and the others hang
/// on it in a chain, in row order; a search that reaches the one returns them all. The table holds
/// the nodes that lead to live rows (`Graph.isCarrier`).
///
/// An open-addressing table of (hash, row); at most half full, 8 bytes a slot. The writer's own.
struct DuplicateTable {
    /// Of each vector the row in the graph, behind the high 32 bits of its hash; 0 is empty.
    private var slots: [UInt64] = Array(repeating: 0, count: 64)
    private var count = 0

    /// The row that holds this vector, if one was added.
    func row(
        holding vector: UnsafeRawBufferPointer, vectorOf: (Row) -> UnsafeRawBufferPointer
    ) -> Row? {
        slot(of: vector, where: { Self.equal(vectorOf($0), vector) }).map { self[rowAt: $0] }
    }

    /// Adds a row whose vector no row holds yet.
    mutating func add(_ row: Row, vector: UnsafeRawBufferPointer) {
        if (count + 1) * 2 > slots.count { grow() }
        count += 1
        place(Self.hash(vector) & ~0xffff_ffff | UInt64(row + 1))
    }

    /// Puts a row in the place of another with the same vector.
    mutating func replace(_ old: Row, by new: Row, vector: UnsafeRawBufferPointer) {
        guard let slot = slot(of: vector, where: { $0 == old }) else { return }
        slots[slot] = slots[slot] & ~0xffff_ffff | UInt64(new + 1)
    }

    /// Removes a row, and moves up those that would no longer be found behind the gap.
    mutating func remove(_ row: Row, vector: UnsafeRawBufferPointer) {
        guard var gap = slot(of: vector, where: { $0 == row }) else { return }
        count -= 1
        let mask = slots.count - 1
        var slot = (gap + 1) & mask
        while slots[slot] != 0 {
            // An entry may move to the gap unless its own place lies behind the gap.
            if (slot - home(of: slots[slot])) & mask >= (slot - gap) & mask {
                slots[gap] = slots[slot]
                gap = slot
            }
            slot = (slot + 1) & mask
        }
        slots[gap] = 0
    }
}

extension DuplicateTable {
    private subscript(rowAt slot: Int) -> Row { Row(truncatingIfNeeded: slots[slot]) &- 1 }

    /// Where the search for an entry begins: by the bits that are also stored, so that growing and
    /// removing need no vectors.
    private func home(of entry: UInt64) -> Int {
        Int(truncatingIfNeeded: entry >> 32) & (slots.count - 1)
    }

    private func slot(of vector: UnsafeRawBufferPointer, where isRow: (Row) -> Bool) -> Int? {
        let hash = Self.hash(vector)
        var slot = home(of: hash)
        while slots[slot] != 0 {
            if slots[slot] >> 32 == hash >> 32, isRow(self[rowAt: slot]) { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func place(_ entry: UInt64) {
        var slot = home(of: entry)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 { place(entry) }
    }

    private static func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count, let first = a.baseAddress, let second = b.baseAddress else {
            return a.count == b.count
        }
        return memcmp(first, second, a.count) == 0
    }

    /// Its high and low halves are equal, so that a slot is found by either.
    ///
    /// Eight bytes a step; not for adversaries: who inserts crafted collisions slows only the
    /// writer of their own collection.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state: UInt64 = 0x243f_6a88_85a3_08d3
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), into: &state)
            offset += 8
        }
        while offset < bytes.count {
            mix(UInt64(bytes[offset]), into: &state)
            offset += 1
        }
        let folded = (state ^ state >> 32) & 0xffff_ffff
        return folded << 32 | folded
    }

    private static func mix(_ word: UInt64, into state: inout UInt64) {
        let product = (state ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        state = product.high ^ product.low &+ 0x1319_8a2e_0370_7344
    }
}
