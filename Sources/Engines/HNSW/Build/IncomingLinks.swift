/// How many lists of layer 0 lead to each row; the writer's own.
///
/// Lists are cut to their best links, so a row can lose its last incoming link, and no search finds it
/// any more. Whoever cuts a list therefore asks here first, and keeps a row that would be lost.
///
/// 2 bytes a row. Counts stop at the largest number and stay there: such a row is never lost.
struct IncomingLinks {
    private var counts: [UInt16] = []

    /// How many lists lead to a row.
    subscript(row: Row) -> Int { Int(row) < counts.count ? Int(counts[Int(row)]) : 0 }

    /// Notes a link to a row.
    mutating func add(_ row: Row) {
        while counts.count <= Int(row) { counts.append(0) }
        if counts[Int(row)] < .max { counts[Int(row)] += 1 }
    }

    /// Notes that a link to a row is gone.
    mutating func remove(_ row: Row) {
        guard Int(row) < counts.count, (1..<UInt16.max).contains(counts[Int(row)]) else { return }
        counts[Int(row)] -= 1
    }
}
