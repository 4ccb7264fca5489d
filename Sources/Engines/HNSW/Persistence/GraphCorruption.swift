/// What is wrong with a stored graph.
public enum GraphCorruption: Error, Equatable, Hashable, Sendable {
    /// Bytes are missing at this offset, or some are left over.
    case wrongByteCount(part: GraphPart, offset: Int, byteCount: Int)
    /// The bytes are not those that were written, or not those that the header was written for.
    case checksumMismatch(part: GraphPart, expected: UInt32, found: UInt32)
    /// A field has a value that it cannot have.
    case invalidField(part: GraphPart, name: String, value: UInt64)
    /// A row or its links break an invariant of the graph.
    case invalidRow(row: Row, reason: String)
    /// A number that the index keeps is not that of its rows.
    case invalidCount(name: String, counted: Int, known: Int)
    /// The entry point breaks an invariant of the graph.
    case invalidEntryPoint(row: Row, level: Int)
}
