/// What a predicate has answered during one search, so that it is asked once a row.
///
/// Two bits a row in two bitmaps: asked, and accepted. Kept between searches like the visited set.
struct PredicateMemo: ~Copyable {
    private var asked = VisitedSet()
    private var accepted = VisitedSet()

    /// Forgets all answers and makes room for rows below `rowCount`.
    mutating func reset(rowCount: Int) {
        asked.reset(rowCount: rowCount)
        accepted.reset(rowCount: rowCount)
    }

    /// The answer for a row, asked for now or before.
    ///
    /// Bounds: `row` is below the row count of the last `reset`.
    @inline(__always)
    mutating func accepts(_ row: UInt32, _ predicate: (Row) -> Bool) -> Bool {
        if asked.insert(row) {
            let answer = predicate(row)
            if answer { _ = accepted.insert(row) }
            return answer
        }
        return accepted.contains(row)
    }
}
