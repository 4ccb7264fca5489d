/// The parts of a snapshot as they come from the leader: the other side of ``BytesSnapshot``.
package struct IncomingBytes: Sendable {
    private var bytes: [UInt8] = []

    /// The largest snapshot that is taken: far above what the limits of such a state allow.
    private static let maxByteCount = 1 << 30

    /// Begins with nothing.
    package init() {}

    /// Keeps a part; beyond the largest size nothing is kept, and what was is refused as incomplete.
    package mutating func append(_ part: [UInt8], isFirst: Bool) {
        if isFirst { bytes = [] }
        guard bytes.count + part.count <= Self.maxByteCount else { return }
        bytes += part
    }

    /// All that was kept; nothing is left.
    package mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}
