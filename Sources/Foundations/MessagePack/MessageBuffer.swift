public import CMessagePack

/// A growable block of memory that holds encoded bytes.
///
/// It is a class so that a `MessagePackWriter`, which is a small value, can be passed on without
/// copying what was written. The memory is `malloc`'s, because libmsgpack's packing code appends to
/// it directly; it is freed with the buffer. Keep one buffer and call `removeAll()` between
/// messages to encode without allocating.
///
/// Thread safety: none. One owner writes; hand a finished buffer on as `sending`, or as an
/// `Attachment`.
/// Invariant: `count <= capacity`; the bytes before `count` are initialised.
public final class MessageBuffer {
    // Writers hold this pointer beside the buffer, so that writing does not count references. It is
    // valid as long as the buffer is.
    @usableFromInline let storage: UnsafeMutablePointer<message_buffer>

    /// Creates an empty buffer with room for `minimumCapacity` bytes.
    ///
    /// - Parameter minimumCapacity: 256 bytes hold most requests without their vectors.
    @inlinable
    public init(minimumCapacity: Int = 256) {
        precondition(
            minimumCapacity >= 0, "a capacity of \(minimumCapacity) bytes is negative")
        storage = message_buffer_create(numericCast(minimumCapacity))
    }

    deinit {
        message_buffer_destroy(storage)
    }

    /// How many bytes were written.
    @inlinable
    public var count: Int { Int(bitPattern: UInt(storage.pointee.count)) }

    /// How many bytes fit without asking for more memory.
    @inlinable
    public var capacity: Int { Int(bitPattern: UInt(storage.pointee.capacity)) }

    /// The bytes written so far, without a copy.
    ///
    /// Valid until the next write to this buffer or until the buffer is released. The compiler
    /// releases a buffer after its last use, which this property may be: keep the buffer alive by
    /// `withExtendedLifetime`, or call `withUnsafeBytes` or `copiedBytes`.
    @inlinable
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage.pointee.bytes, count: count)
    }

    /// Calls `body` with the bytes written so far.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// A copy of the bytes written so far.
    @inlinable
    public func copiedBytes() -> [UInt8] {
        withUnsafeBytes { [UInt8]($0) }
    }

    /// Makes room for `byteCount` bytes in all, so that writing them does not allocate.
    @inlinable
    public func reserveCapacity(_ byteCount: Int) {
        precondition(byteCount >= 0, "a capacity of \(byteCount) bytes is negative")
        if byteCount > capacity {
            message_buffer_grow(storage, byteCount - count)
        }
    }

    /// Forgets what was written and keeps the memory.
    @inlinable
    public func removeAll() {
        storage.pointee.count = 0
    }

    /// Forgets what was written after the first `byteCount` bytes.
    @inlinable
    public func truncate(to byteCount: Int) {
        precondition(
            byteCount >= 0 && byteCount <= count,
            "cannot keep \(byteCount) bytes of a buffer of \(count)")
        storage.pointee.count = numericCast(byteCount)
    }

    /// Appends bytes as they are.
    @inlinable
    public func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        _ = message_buffer_append(storage, start, numericCast(bytes.count))
    }

    /// Overwrites one byte that was written before.
    @inlinable
    public func overwrite(_ byte: UInt8, at offset: Int) {
        precondition(
            offset >= 0 && offset < count, "offset \(offset) is outside of \(count) bytes")
        storage.pointee.bytes[offset] = byte
    }

    /// Overwrites bytes that were written before.
    @inlinable
    public func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        precondition(
            offset >= 0 && bytes.count <= count - offset,
            "\(bytes.count) bytes at offset \(offset) are outside of \(count) bytes")
        guard let start = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(storage.pointee.bytes + offset)
            .copyMemory(from: start, byteCount: bytes.count)
    }

    /// Overwrites four bytes that were written before by `value`, the highest byte first.
    ///
    /// For a length in front of what it measures: write four zero bytes, then the content, then
    /// call this.
    @inlinable
    public func overwrite(bigEndian value: UInt32, at offset: Int) {
        precondition(
            offset >= 0 && offset <= count - 4,
            "4 bytes at offset \(offset) are outside of \(count) bytes")
        UnsafeMutableRawPointer(storage.pointee.bytes + offset)
            .storeBytes(of: value.bigEndian, as: UInt32.self)
    }

    /// Inserts `gap` bytes of unspecified content at `offset` and moves the rest back.
    ///
    /// Complexity: O(bytes after `offset`).
    func insertGap(of gap: Int, at offset: Int) {
        precondition(
            offset >= 0 && offset <= count && gap >= 0,
            "\(gap) bytes at offset \(offset) are outside of \(count) bytes")
        let tail = count - offset
        reserveCapacity(count + gap)
        memmove(storage.pointee.bytes + offset + gap, storage.pointee.bytes + offset, tail)
        storage.pointee.count += numericCast(gap)
    }
}
