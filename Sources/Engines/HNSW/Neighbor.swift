/// The number of a vector inside one index: 0, 1, 2, … in the order of insertion.
public typealias Row = UInt32

/// A row found by a search, with its distance from the query.
public struct Neighbor: Equatable, Hashable, Sendable {
    /// The row.
    public let row: Row
    /// Its distance under the metric of the index; smaller is nearer.
    public let distance: Float

    /// A row at a distance.
    public init(row: Row, distance: Float) {
        self.row = row
        self.distance = distance
    }
}
