/// Reads MessagePack values one after the other from bytes that it does not own.
///
/// The reader never traps on any bytes, never reads outside of them and never allocates more than
/// a constant times what is there: lengths are checked against the bytes present before they are
/// believed. It allocates only for what it returns. libmsgpack's unpacker is not used here because
/// it allocates whole arrays for the length that a header claims; it judges this reader in tests.
///
/// A failed read leaves the reader where it was, or, for compound values, somewhere inside.
///
/// Lifetime: the caller keeps the bytes alive and unchanged while the reader, or a slice that it
/// returned, is in use.
/// Thread safety: none; it is a value.
/// Invariant: `0 <= offset <= end`.
@frozen
public struct MessagePackReader {
    @usableFromInline var start: UnsafeRawPointer
    @usableFromInline var end: Int

    /// How many bytes were read.
    @inlinable
    public var offset: Int { position }
    @usableFromInline var position: Int

    /// How many containers enclose the next value, as far as `nested` was told.
    @inlinable
    public var depth: Int { nesting }
    @usableFromInline var nesting: Int

    /// What came beside the bytes.
    public let attachments: [Attachment]
    /// The offset of the value that is each attachment, -1 where none was met; empty until the
    /// first is.
    @usableFromInline var attachmentOffsets: [Int]

    /// Creates a reader at the first byte.
    @inlinable
    public init(bytes: UnsafeRawBufferPointer, attachments: [Attachment] = []) {
        // An empty buffer may have no address; no byte of this one is ever read.
        start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        end = bytes.count
        position = 0
        nesting = 0
        self.attachments = attachments
        attachmentOffsets = []
    }

    /// How many bytes are left.
    @inlinable
    public var remaining: Int { end - offset }

    /// Whether no bytes are left.
    @inlinable
    public var isAtEnd: Bool { offset == end }

    /// The kind of the next value.
    ///
    /// - Throws: `truncated` when there is none, `reservedByte`.
    @inlinable
    public func peekKind() throws(MessagePackError) -> MessagePackKind {
        let kind = MessagePackKind(firstByte: try peekByte())
        if kind == .reserved { throw .reservedByte(offset: offset) }
        return kind
    }

    /// Checks that all bytes were read.
    @inlinable
    public func finish() throws(MessagePackError) {
        if offset != end { throw .trailingBytes(offset: offset, remaining: remaining) }
    }

    /// Reads what is inside of a container, one level deeper.
    ///
    /// - Throws: `tooDeep` beyond `MessagePackLimits.depth`, else what `body` throws.
    @inlinable
    public mutating func nested<Result>(
        _ body: (inout MessagePackReader) throws(MessagePackError) -> Result
    ) throws(MessagePackError) -> Result {
        if depth >= MessagePackLimits.depth {
            throw .tooDeep(offset: offset, limit: MessagePackLimits.depth)
        }
        nesting += 1
        defer { nesting -= 1 }
        return try body(&self)
    }

    /// Reads a value by its own initialiser.
    @inlinable
    public mutating func read<Value: MessagePackDecodable>(
        _ type: Value.Type = Value.self
    ) throws(MessagePackError) -> Value {
        try Value(from: &self)
    }

    // MARK: Bytes

    @inlinable
    func peekByte() throws(MessagePackError) -> UInt8 {
        if offset >= end { throw truncated(needed: 1) }
        return start.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// The integer in the bytes from `position`, the highest byte first.
    ///
    /// Bounds: checked here; `position` is `offset` plus the few bytes of a header, so that the sum
    /// does not overflow.
    @inlinable
    func load<Integer: FixedWidthInteger>(
        _ type: Integer.Type, at position: Int
    ) throws(MessagePackError) -> Integer {
        let size = MemoryLayout<Integer>.size
        if position + size > end { throw truncated(needed: position + size - offset) }
        return Integer(bigEndian: start.loadUnaligned(fromByteOffset: position, as: type))
    }

    @usableFromInline @inline(never)
    func truncated(needed: Int) -> MessagePackError {
        .truncated(offset: offset, needed: needed, remaining: remaining)
    }

    @usableFromInline @inline(never)
    func mismatch(_ expected: MessagePackKind) -> MessagePackError {
        if offset >= end { return truncated(needed: 1) }
        let byte = start.load(fromByteOffset: offset, as: UInt8.self)
        let found = MessagePackKind(firstByte: byte)
        if found == .reserved { return .reservedByte(offset: offset) }
        return .typeMismatch(offset: offset, expected: expected, found: found)
    }
}
