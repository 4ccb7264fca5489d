/// A set of rows as dense bits: the form of a filter that a search reads fastest.
///
/// ```
///  words[0]                 words[1]
///  │ row 63 … row 1 row 0 │ row 127 … row 64 │ …
/// ```
///
/// A value: copies are independent, equal sets are equal however they came about, and iteration
/// is in ascending order, so nothing of it depends on hashing. 125 KB per million rows, whatever
/// the share of them. `count` is kept, because a search decides by it between the graph and a
/// scan.
///
/// Rows above the last one inserted are not in the set; a bitmap made before rows were inserted
/// into the index excludes them.
public struct RowBitmap: Sendable {
    /// Bits by row; the last word is not zero, so that equal sets have equal words.
    private(set) var words: [UInt64] = []
    /// How many rows the set has.
    public private(set) var count = 0

    /// An empty set.
    public init() {}

    /// The rows of a range.
    public init(_ rows: Range<Row>) {
        guard let last = rows.last else { return }
        words = [UInt64](repeating: .max, count: Int(last >> 6) + 1)
        words[words.count - 1] = .max >> UInt64(63 - last & 63)
        for index in 0..<Int(rows.lowerBound >> 6) { words[index] = 0 }
        words[Int(rows.lowerBound >> 6)] &= .max << UInt64(rows.lowerBound & 63)
        count = rows.count
    }

    /// The rows of a sequence, in any order.
    public init(_ rows: some Sequence<Row>) {
        for row in rows { insert(row) }
    }

    /// Whether the set has no row.
    public var isEmpty: Bool { count == 0 }

    /// Whether the set has a row.
    ///
    /// - Complexity: O(1).
    public func contains(_ row: Row) -> Bool {
        let index = Int(row >> 6)
        return index < words.count && words[index] >> UInt64(row & 63) & 1 != 0
    }

    /// Adds a row; false if the set had it.
    ///
    /// - Complexity: amortised O(1) in ascending order, else O(row / 64) once.
    @discardableResult
    public mutating func insert(_ row: Row) -> Bool {
        let index = Int(row >> 6)
        if index >= words.count {
            words.append(contentsOf: repeatElement(0, count: index + 1 - words.count))
        }
        let bit: UInt64 = 1 << UInt64(row & 63)
        if words[index] & bit != 0 { return false }
        words[index] |= bit
        count += 1
        return true
    }

    /// Takes a row out; false if the set did not have it.
    @discardableResult
    public mutating func remove(_ row: Row) -> Bool {
        if !contains(row) { return false }
        words[Int(row >> 6)] &= ~(1 << UInt64(row & 63))
        count -= 1
        trim()
        return true
    }
}

// MARK: - Sets

extension RowBitmap {
    /// Adds the rows of another set.
    ///
    /// - Complexity: of this and of the operations below, O(words): a million rows take some
    ///   microseconds.
    public mutating func formUnion(_ other: RowBitmap) {
        if words.count < other.words.count {
            words.append(contentsOf: repeatElement(0, count: other.words.count - words.count))
        }
        for index in other.words.indices { words[index] |= other.words[index] }
        recount()
    }

    /// Keeps the rows that another set has too.
    public mutating func formIntersection(_ other: RowBitmap) {
        words.removeLast(Swift.max(0, words.count - other.words.count))
        for index in words.indices { words[index] &= other.words[index] }
        recount()
    }

    /// Takes out the rows of another set.
    public mutating func subtract(_ other: RowBitmap) {
        for index in 0..<Swift.min(words.count, other.words.count) {
            words[index] &= ~other.words[index]
        }
        recount()
    }

    /// The rows of either set.
    public func union(_ other: RowBitmap) -> RowBitmap {
        var result = self
        result.formUnion(other)
        return result
    }

    /// The rows of both sets.
    public func intersection(_ other: RowBitmap) -> RowBitmap {
        var result = self
        result.formIntersection(other)
        return result
    }

    /// The rows of this set that another does not have.
    public func subtracting(_ other: RowBitmap) -> RowBitmap {
        var result = self
        result.subtract(other)
        return result
    }

    private mutating func recount() {
        trim()
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    private mutating func trim() {
        while words.last == 0 { words.removeLast() }
    }
}

extension RowBitmap: Equatable, Hashable {}

extension RowBitmap: ExpressibleByArrayLiteral {
    /// The rows of a literal.
    public init(arrayLiteral elements: Row...) { self.init(elements) }
}

extension RowBitmap: Sequence {
    /// Walks the rows in ascending order.
    public struct Iterator: IteratorProtocol {
        private let words: [UInt64]
        private var index = -1
        private var word: UInt64 = 0

        fileprivate init(words: [UInt64]) { self.words = words }

        /// The next row of the set.
        public mutating func next() -> Row? {
            while word == 0 {
                index += 1
                if index >= words.count { return nil }
                word = words[index]
            }
            let bit = word.trailingZeroBitCount
            word &= word &- 1
            return Row(index << 6 | bit)
        }
    }

    /// An iterator over the rows in ascending order.
    public func makeIterator() -> Iterator { Iterator(words: words) }

    /// The number of rows, exactly.
    public var underestimatedCount: Int { count }
}
