public import CMessagePack

/// Writes MessagePack values to the end of a buffer, by libmsgpack's packing code.
///
/// A writer is a handle of four words: copies write to the same buffer and share the list of
/// attachments. It does not check that the values written make a whole: a map header of two must be
/// followed by two keys and two values.
///
/// Thread safety: none; one owner writes.
@frozen
public struct MessagePackWriter {
    /// Where the bytes go.
    public let buffer: MessageBuffer
    /// The buffer's, to write without counting references.
    @usableFromInline let storage: UnsafeMutablePointer<message_buffer>
    @usableFromInline let attachmentThreshold: Int
    @usableFromInline let list: AttachmentList?

    /// Creates a writer at the end of `buffer`.
    ///
    /// - Parameters:
    ///   - buffer: Receives the bytes.
    ///   - attachmentThreshold: A `[Float]`, `[UInt8]` or `Data` of at least this many bytes is not
    ///     copied but put into `attachments`; nil copies everything.
    @inlinable
    public init(buffer: MessageBuffer = MessageBuffer(), attachmentThreshold: Int? = nil) {
        self.buffer = buffer
        self.storage = buffer.storage
        self.attachmentThreshold = attachmentThreshold ?? Int.max
        self.list = attachmentThreshold == nil ? nil : AttachmentList()
    }

    /// A writer to another buffer that shares this one's attachments.
    @usableFromInline
    init(_ other: MessagePackWriter, buffer: MessageBuffer) {
        self.buffer = buffer
        self.storage = buffer.storage
        self.attachmentThreshold = other.attachmentThreshold
        self.list = other.list
    }

    /// What is to be sent beside the bytes, in the order of the indexes that the bytes hold.
    @inlinable
    public var attachments: [Attachment] { list?.attachments ?? [] }

    // MARK: Scalars

    /// Writes nil.
    @inlinable
    public func writeNil() {
        _ = message_pack_nil(storage)
    }

    /// Writes true or false.
    @inlinable
    public func write(_ value: Bool) {
        if value {
            _ = message_pack_true(storage)
        } else {
            _ = message_pack_false(storage)
        }
    }

    /// Writes an integer of up to 64 bits in its smallest form.
    @inlinable
    public func write<Integer: FixedWidthInteger>(_ value: Integer) {
        precondition(Integer.bitWidth <= 64, "MessagePack has no integers beyond 64 bits")
        if Integer.isSigned {
            _ = message_pack_int64(storage, Int64(truncatingIfNeeded: value))
        } else {
            _ = message_pack_uint64(storage, UInt64(truncatingIfNeeded: value))
        }
    }

    /// Writes an IEEE 754 binary32 number.
    @inlinable
    public func write(_ value: Float) {
        _ = message_pack_float(storage, value)
    }

    /// Writes an IEEE 754 binary64 number.
    @inlinable
    public func write(_ value: Double) {
        _ = message_pack_double(storage, value)
    }

    // MARK: Strings

    /// Writes text.
    @inlinable
    public func write(_ value: String) {
        var value = value
        value.withUTF8 { writeString(UnsafeRawBufferPointer($0)) }
    }

    /// Writes text that the compiler knows.
    @inlinable @_disfavoredOverload
    public func write(_ value: StaticString) {
        writeKey(value)
    }

    /// Writes a map key that the compiler knows: the header and the copy have constant sizes.
    @inlinable
    public func writeKey(_ key: StaticString) {
        precondition(key.hasPointerRepresentation, "a key is text, not one Unicode scalar")
        writeString(UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    @inlinable
    func writeString(_ utf8: UnsafeRawBufferPointer) {
        checkLength(utf8.count)
        _ = message_pack_str(storage, numericCast(utf8.count))
        append(utf8)
    }

    // MARK: Containers

    /// Writes the header of an array; `count` values must follow.
    @inlinable
    public func writeArrayHeader(count: Int) {
        checkLength(count)
        _ = message_pack_array(storage, numericCast(count))
    }

    /// Writes the header of a map; `count` times a key and a value must follow.
    @inlinable
    public func writeMapHeader(count: Int) {
        checkLength(count)
        _ = message_pack_map(storage, numericCast(count))
    }

    /// Writes bytes with an application's type number.
    ///
    /// Type 1 is taken: see `MessagePackLimits.attachmentExtensionType`. Negative types are the
    /// MessagePack specification's.
    @inlinable
    public func writeExtension(type: Int8, bytes: UnsafeRawBufferPointer) {
        checkLength(bytes.count)
        _ = message_pack_ext(storage, numericCast(bytes.count), type)
        append(bytes)
    }

    /// Writes a value that is encoded already.
    @inlinable
    public func write(encoded bytes: UnsafeRawBufferPointer) {
        append(bytes)
    }

    /// Writes a value by its own method.
    @inlinable
    public mutating func write<Value: MessagePackEncodable>(_ value: Value) {
        value.encode(to: &self)
    }

    @inlinable
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        _ = message_buffer_append(storage, start, numericCast(bytes.count))
    }

    /// Overwrites one byte that was written before.
    func overwrite(_ byte: UInt8, at offset: Int) {
        precondition(
            offset >= 0 && offset < Int(storage.pointee.count),
            "offset \(offset) is outside of what was written")
        storage.pointee.bytes[offset] = byte
    }

    @inlinable
    func checkLength(_ count: Int) {
        precondition(
            count >= 0 && count <= MessagePackLimits.longestValue,
            "\(count) does not fit into MessagePack's 32 bits")
    }
}
