/// Why a batch was not inserted as a whole.
public struct BatchInsertError: Error, Equatable, Sendable {
    /// The rows of the vectors that were inserted: the first so many of the batch, in their order.
    public let rows: [Row]
    /// What kept the next vector from being inserted.
    public let reason: HNSWError

    /// Makes the error.
    package init(rows: [Row], reason: HNSWError) {
        self.rows = rows
        self.reason = reason
    }
}

extension BatchInsertError: CustomStringConvertible {
    /// What happened, and how far it came.
    public var description: String {
        "\(reason); the first \(rows.count) vectors of the batch were inserted"
    }
}
