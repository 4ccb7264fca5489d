import Synchronization

/// The live rows of a `RowBitmap`, whose words outlive the walk.
struct LiveRowsOfBitmap: RowAcceptance {
    let graph: Graph
    let words: UnsafePointer<UInt64>
    let wordCount: Int
    /// How many bits are set.
    let count: Int

    @inline(__always)
    static var leavesOutRejected: Bool { true }

    @inline(__always)
    func accepts(_ row: UInt32) -> Bool {
        let index = Int(row >> 6)
        return index < wordCount && words[index] & (1 &<< UInt64(row & 63)) != 0
            && graph.isLive(row)
    }

    @inline(__always)
    func forEachAccepted(below rowCount: UInt32, _ body: (UInt32) -> Void) {
        for index in 0..<min(wordCount, Int(rowCount &+ 63) >> 6) {
            var word = words[index]
            while word != 0 {
                let row = UInt32(truncatingIfNeeded: index << 6 | word.trailingZeroBitCount)
                word &= word &- 1
                if row < rowCount, graph.isLive(row) { body(row) }
            }
        }
    }

    /// The first row of the set at or after each of some places.
    func sample(
        below rowCount: UInt32, into rows: UnsafeMutablePointer<UInt32>
    ) -> AcceptedSample {
        var found = 0
        for number in 0..<FilteredSearch.seedCount {
            var index = Int(FilteredSearch.place(number, below: rowCount) >> 6)
            while index < wordCount, words[index] == 0 { index &+= 1 }
            if index >= wordCount { continue }
            let row = UInt32(truncatingIfNeeded: index << 6 | words[index].trailingZeroBitCount)
            if row < rowCount, graph.isLive(row) {
                rows[found] = row
                found &+= 1
            }
        }
        return AcceptedSample(rowCount: found, acceptedCount: min(count, Int(rowCount)))
    }
}

/// The live rows that a function accepts.
struct LiveRowsPassing: RowAcceptance {
    let graph: Graph
    let memo: UnsafeMutablePointer<PredicateMemo>
    let predicate: @Sendable (Row) -> Bool

    @inline(__always)
    static var leavesOutRejected: Bool { true }

    @inline(__always)
    func accepts(_ row: UInt32) -> Bool {
        graph.isLive(row) && memo.pointee.accepts(row, predicate)
    }

    /// Asks for rows from all over the index.
    func sample(
        below rowCount: UInt32, into rows: UnsafeMutablePointer<UInt32>
    ) -> AcceptedSample {
        var found = 0
        var passed = 0
        let asked = min(Int(rowCount), FilteredSearch.sampleCount)
        for number in 0..<asked {
            let row = FilteredSearch.place(number, below: rowCount)
            if !accepts(row) { continue }
            passed &+= 1
            if found < FilteredSearch.seedCount {
                rows[found] = row
                found &+= 1
            }
        }
        return AcceptedSample(rowCount: found, acceptedCount: Int(rowCount) * passed / asked)
    }
}
