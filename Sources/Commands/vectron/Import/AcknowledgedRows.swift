/// Which rows of an import are stored, and how many of them from the first on without a gap: there
/// another run can go on.
package struct AcknowledgedRows {
    /// The first row that may not be stored.
    package private(set) var resumeRow: Int
    /// How many rows were stored.
    package private(set) var count = 0
    /// Stored batches behind a gap, by their first rows.
    private var later: [Int: Int] = [:]

    /// Begins at a row.
    package init(from row: Int) { resumeRow = row }

    /// Notes a stored batch.
    package mutating func insert(_ rows: Range<Int>) {
        count += rows.count
        later[rows.lowerBound] = rows.upperBound
        while let end = later.removeValue(forKey: resumeRow) { resumeRow = end }
    }
}
