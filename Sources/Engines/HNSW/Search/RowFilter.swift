/// Which rows a search may return.
///
/// A filter is applied *inside* the walk: the answer has `limit` rows that pass if so many exist,
/// instead of what a filter leaves of the nearest `limit`.
public enum RowFilter: Sendable {
    /// Every live row.
    case every
    /// The live rows of a set. The fastest: the size of the set is known, and a bit costs nothing
    /// to read.
    case rows(RowBitmap)
    /// The live rows that a function accepts.
    ///
    /// It is asked at most once for each row that a search meets, some rows in no order that means
    /// anything, and it must answer as if the answer never changed. Among the rows asked for are up
    /// to 512 that estimate how many pass. A search whose filter is slow to ask is better served by a set made once.
    case passing(@Sendable (Row) -> Bool)
}
