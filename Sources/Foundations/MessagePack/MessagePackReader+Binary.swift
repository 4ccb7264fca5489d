public import FoundationEssentials

// Binary values: in the bytes, or attached.
extension MessagePackReader {
    /// Reads bytes without a copy, wherever they are: in the message or in an attachment.
    ///
    /// The slice is valid as long as the reader's bytes and attachments are.
    @inlinable
    public mutating func readBinary() throws(MessagePackError) -> UnsafeRawBufferPointer {
        if let attachment = try readAttachment() { return attachment.bytes }
        let (header, length) = try binaryHeader()
        return try take(header: header, length: length)
    }

    /// Reads a vector by one copy.
    ///
    /// Besides binary, an array of numbers is accepted, as languages without typed arrays send it.
    ///
    /// - Throws: `partialFloat` when the bytes are no whole number of binary32 numbers.
    @inlinable
    public mutating func readFloats() throws(MessagePackError) -> [Float] {
        if case .array = MessagePackKind(firstByte: try peekByte()) { return try readFloatArray() }
        let begin = offset
        let bytes = try readBinary()
        let stride = MemoryLayout<Float>.stride
        guard bytes.count % stride == 0 else {
            position = begin
            throw .partialFloat(offset: begin, byteCount: bytes.count)
        }
        return [Float](unsafeUninitializedCapacity: bytes.count / stride) { target, count in
            // The target has exactly the source's byte count.
            UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
            count = bytes.count / stride
        }
    }

    @usableFromInline
    mutating func readFloatArray() throws(MessagePackError) -> [Float] {
        let count = try readArrayHeader()
        var floats: [Float] = []
        // Each element takes a byte at least, so this is four times what is there at most.
        floats.reserveCapacity(count)
        for _ in 0..<count { floats.append(try readFloat()) }
        return floats
    }

    /// Reads bytes by one copy.
    @inlinable
    public mutating func readBytes() throws(MessagePackError) -> [UInt8] {
        [UInt8](try readBinary())
    }

    /// Reads bytes; those of an attachment are not copied where
    /// `Attachment.data()` can do without.
    @inlinable
    public mutating func readData() throws(MessagePackError) -> Data {
        if let attachment = try readAttachment() { return attachment.data() }
        return Data(try readBinary())
    }

    /// Reads an extension: the application's type number, and the bytes without a copy.
    @inlinable
    public mutating func readExtension() throws(MessagePackError) -> (
        type: Int8, bytes: UnsafeRawBufferPointer
    ) {
        let (header, length) = try extensionHeader()
        // The type is the header's last byte.
        let type = try load(Int8.self, at: offset + header - 1)
        return (type, try take(header: header, length: length))
    }

    /// The attachment that stands here, or nil when there is none.
    ///
    /// One attachment may stand in one place: else a short message could ask for one large
    /// attachment to be copied any number of times. Reading the same place again is allowed.
    @inlinable
    mutating func readAttachment() throws(MessagePackError) -> Attachment? {
        guard case .extension = MessagePackKind(firstByte: try peekByte()) else { return nil }
        return try resolveAttachment()
    }

    @usableFromInline
    mutating func resolveAttachment() throws(MessagePackError) -> Attachment? {
        let begin = offset
        let (type, payload) = try readExtension()
        let next = offset
        position = begin
        guard type == MessagePackLimits.attachmentExtensionType else { return nil }
        guard payload.count == 4 else {
            throw .malformedAttachment(offset: begin, byteCount: payload.count)
        }
        let index = Int(UInt32(bigEndian: payload.loadUnaligned(as: UInt32.self)))
        guard index < attachments.count else {
            throw .missingAttachment(
                offset: begin, index: index, attachmentCount: attachments.count)
        }
        if attachmentOffsets.isEmpty {
            attachmentOffsets = Array(repeating: -1, count: attachments.count)
        }
        let first = attachmentOffsets[index]
        guard first == -1 || first == begin else {
            throw .reusedAttachment(offset: begin, index: index, firstOffset: first)
        }
        attachmentOffsets[index] = begin
        position = next
        return attachments[index]
    }

    /// The sizes of the next value's header and content, which must be binary.
    @inlinable
    mutating func binaryHeader() throws(MessagePackError) -> (header: Int, length: Int) {
        switch try peekByte() {
        case 0xc4: return (2, Int(try load(UInt8.self, at: offset + 1)))
        case 0xc5: return (3, Int(try load(UInt16.self, at: offset + 1)))
        case 0xc6: return (5, Int(try load(UInt32.self, at: offset + 1)))
        default: throw mismatch(.binary)
        }
    }

    /// The sizes of the next value's header with its type and content, which must be an extension.
    @usableFromInline
    mutating func extensionHeader() throws(MessagePackError) -> (header: Int, length: Int) {
        switch try peekByte() {
        case 0xd4: return (2, 1)
        case 0xd5: return (2, 2)
        case 0xd6: return (2, 4)
        case 0xd7: return (2, 8)
        case 0xd8: return (2, 16)
        case 0xc7: return (3, Int(try load(UInt8.self, at: offset + 1)))
        case 0xc8: return (4, Int(try load(UInt16.self, at: offset + 1)))
        case 0xc9: return (6, Int(try load(UInt32.self, at: offset + 1)))
        default: throw mismatch(.extension)
        }
    }
}
