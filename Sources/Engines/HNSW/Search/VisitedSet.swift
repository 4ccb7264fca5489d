/// The rows that a layer search has met: one bit a row, kept between searches.
///
/// A bitmap of 100,000 rows is 12 KiB and stays in the nearest cache, where a table of epochs per
/// row (as hnswlib keeps) would not. Only the words that were touched are cleared, unless that
/// would be more work than clearing all.
struct VisitedSet: ~Copyable {
    private var words: UnsafeMutablePointer<UInt64>
    private var wordCapacity = 0
    private var touched: UnsafeMutablePointer<UInt32>
    private var touchedCount = 0

    /// Words remembered one by one; a walk that touches more clears the whole bitmap.
    private static let touchedCapacity = 8192

    init() {
        words = .allocate(capacity: 0)
        touched = .allocate(capacity: Self.touchedCapacity)
    }

    deinit {
        words.deallocate()
        touched.deallocate()
    }

    /// Empties the set and makes it large enough for rows below `rowCount`.
    mutating func reset(rowCount: Int) {
        let wordCount = (rowCount + 63) / 64
        if wordCount > wordCapacity {
            words.deallocate()
            wordCapacity = max(wordCount, wordCapacity * 2)
            words = .allocate(capacity: wordCapacity)
            words.initialize(repeating: 0, count: wordCapacity)
        } else if touchedCount > Self.touchedCapacity {
            words.update(repeating: 0, count: wordCapacity)
        } else {
            for index in 0..<touchedCount { words[Int(touched[index])] = 0 }
        }
        touchedCount = 0
    }

    /// Adds a row; false if it was there.
    ///
    /// Bounds: `row` is below the row count of the last `reset`.
    @inline(__always)
    mutating func insert(_ row: UInt32) -> Bool {
        let index = Int(row >> 6)
        let bit: UInt64 = 1 &<< UInt64(row & 63)
        let word = words[index]
        if word & bit != 0 { return false }
        words[index] = word | bit
        if word == 0 {
            if touchedCount < Self.touchedCapacity { touched[touchedCount] = UInt32(index) }
            touchedCount &+= 1
        }
        return true
    }

    /// Whether a row was added since the last `reset`; the same bounds as `insert`.
    @inline(__always)
    func contains(_ row: UInt32) -> Bool {
        words[Int(row >> 6)] & (1 &<< UInt64(row & 63)) != 0
    }
}
