public import CMessagePack
public import FoundationEssentials

#if _endian(big)
    #error("Vectors travel as the bytes in memory, which must be little-endian")
#endif

// Binary values: copied into the buffer, or attached.
extension MessagePackWriter {
    /// Writes bytes, always by a copy.
    @inlinable
    public func writeBinary(_ bytes: UnsafeRawBufferPointer) {
        checkLength(bytes.count)
        _ = message_pack_bin(storage, numericCast(bytes.count))
        append(bytes)
    }

    /// Writes a vector as binary: little-endian IEEE 754 binary32 numbers, by one copy or attached.
    @inlinable
    public func write(_ value: [Float]) {
        if value.count * MemoryLayout<Float>.stride >= attachmentThreshold, !value.isEmpty {
            attach(Attachment(value))
        } else {
            value.withUnsafeBytes { writeBinary($0) }
        }
    }

    /// Writes bytes as binary, by one copy or attached.
    @inlinable
    public func write(_ value: [UInt8]) {
        if value.count >= attachmentThreshold, !value.isEmpty {
            attach(Attachment(value))
        } else {
            value.withUnsafeBytes { writeBinary($0) }
        }
    }

    /// Writes bytes as binary, by one copy or attached.
    @inlinable
    public func write(_ value: Data) {
        if value.count >= attachmentThreshold, !value.isEmpty {
            attach(Attachment(value))
        } else {
            value.withUnsafeBytes { writeBinary($0) }
        }
    }

    /// Writes a reference to `attachment`, which is sent beside the bytes.
    ///
    /// A writer without an attachment threshold copies the bytes as binary.
    public func write(_ attachment: Attachment) {
        attach(attachment)
    }

    /// Emits the extension that stands for an attachment.
    ///
    /// | offset | size | meaning |
    /// |---|---|---|
    /// | 0 | 1 | `d6`: extension of four bytes |
    /// | 1 | 1 | `01`: `MessagePackLimits.attachmentExtensionType` |
    /// | 2 | 4 | index among the message's attachments, the highest byte first |
    @usableFromInline
    func attach(_ attachment: Attachment) {
        guard let list else {
            return withExtendedLifetime(attachment) { writeBinary(attachment.bytes) }
        }
        let index = list.append(attachment).bigEndian
        withUnsafeBytes(of: index) {
            writeExtension(type: MessagePackLimits.attachmentExtensionType, bytes: $0)
        }
    }
}
