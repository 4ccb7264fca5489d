/// What is wrong with a stored graph.
public enum GraphCorruption: Error, Equatable, Hashable, Sendable {
    /// Bytes are missing at this offset, or some are left over.
    case wrongByteCount(part: GraphPart, offset: Int, byteCount: Int)
    /// The bytes are not those that were written.
    case checksumMismatch(part: GraphPart, stored: UInt32, computed: UInt32)
    /// A field has a value that it cannot have.
    case invalidField(part: GraphPart, name: String, value: UInt64)
    /// A row or its links break an invariant of the graph.
    case invalidRow(row: Row, reason: String)
    /// The entry point breaks an invariant of the graph.
    case invalidEntryPoint(row: Row, level: Int)
}
