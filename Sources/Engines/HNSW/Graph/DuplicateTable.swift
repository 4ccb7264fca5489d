import Glibc

/// Finds the first row that holds exactly the same vector.
///
/// Equal vectors are kept out of the graph: a thousand nodes at distance 0 from each other would
/// fill each other's lists, and the selection heuristic cannot choose among them, so most would
/// end up without an incoming link. Instead, one of them stands in the graph and the others hang
/// on it in a chain, in row order; a search that reaches the one returns them all.
///
/// An open-addressing table of (hash, row); at most half full, 8 bytes a slot. The writer's own.
struct DuplicateTable {
    /// Of each vector the row in the graph, behind the high 32 bits of its hash; 0 is empty.
    private var slots: [UInt64] = Array(repeating: 0, count: 64)
    private var count = 0
    /// Of each row in the graph that has duplicates, the last row of its chain.
    private var lastOfChain: [Row: Row] = [:]

    /// The row that holds this vector, if one was added.
    func row(
        holding vector: UnsafeRawBufferPointer, vectorOf: (Row) -> UnsafeRawBufferPointer
    ) -> Row? {
        let hash = Self.hash(vector)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let row = Row(truncatingIfNeeded: slots[slot]) &- 1
            if slots[slot] >> 32 == hash >> 32, Self.equal(vectorOf(row), vector) { return row }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds a row whose vector no row holds yet.
    mutating func add(_ row: Row, vector: UnsafeRawBufferPointer) {
        if (count + 1) * 2 > slots.count { grow() }
        count += 1
        place(Self.hash(vector) & ~0xffff_ffff | UInt64(row + 1))
    }

    /// Appends a row to the chain of `first` and returns the row that it now follows.
    mutating func append(_ row: Row, toChainOf first: Row) -> Row {
        let last = lastOfChain[first] ?? first
        lastOfChain[first] = row
        return last
    }
}

extension DuplicateTable {
    // Slots are found by the bits that are also stored, so that growing needs no vectors.
    private mutating func place(_ entry: UInt64) {
        var slot = Int(truncatingIfNeeded: entry >> 32) & (slots.count - 1)
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
