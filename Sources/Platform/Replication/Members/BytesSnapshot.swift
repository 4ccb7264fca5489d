package import Raft
import Synchronization

/// A snapshot that is in memory as a whole: of machines whose state is small.
package final class BytesSnapshot: SnapshotSource {
    /// What it covers.
    package let base: LogBase
    private let bytes: [UInt8]
    private let offset = Mutex(0)

    /// Makes a snapshot of bytes.
    package init(_ bytes: [UInt8], base: LogBase) {
        self.bytes = bytes
        self.base = base
    }

    /// The next part.
    package func next(maxByteCount: Int) -> (bytes: [UInt8], isLast: Bool) {
        offset.withLock { offset in
            let end = min(bytes.count, offset + maxByteCount)
            defer { offset = end }
            return (Array(bytes[offset..<end]), end == bytes.count)
        }
    }
}
