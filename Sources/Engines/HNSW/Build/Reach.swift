/// Which rows a walk along the links can come to, as far as the pass that finds out has come.
///
/// Not part of the stored form: a restored index looks anew.
struct Reach {
    /// Rows that were come to and whose links were not followed yet.
    private var waiting: [Row] = []
    /// One bit a row: whether it was come to.
    private var words: [UInt64]
    /// The rows that there were when the pass began; later ones are linked from what a walk has found.
    let rowCount: Int

    init(from entry: Row, rowCount: Int) {
        words = Array(repeating: 0, count: (rowCount + 63) / 64)
        self.rowCount = rowCount
        add(entry)
    }

    /// Whether a row was come to.
    func contains(_ row: Row) -> Bool {
        Int(row) >= rowCount || words[Int(row >> 6)] & (1 << UInt64(row & 63)) != 0
    }

    /// Notes that a row was come to.
    mutating func add(_ row: Row) {
        if contains(row) { return }
        words[Int(row >> 6)] |= 1 << UInt64(row & 63)
        waiting.append(row)
    }

    /// A row whose links are to be followed; nil if all were.
    mutating func next() -> Row? { waiting.popLast() }
}
