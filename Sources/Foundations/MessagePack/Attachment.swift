public import FoundationEssentials

/// Bytes that travel beside a message instead of inside it, without being copied.
///
/// A writer with an attachment threshold makes one for each large vector, and a transport sends it
/// as a frame of its own; a transport that receives frames makes one for each and gives them to the
/// reader.
///
/// Pointer stability: `bytes` stays valid for the attachment's lifetime because the attachment
/// retains the owner. A Swift array on Linux is always one native heap object, never a lazily
/// bridged one; our reference makes it shared, so that whoever mutates the array elsewhere mutates
/// a copy. `Data` above its inline size is a reference to shared storage with the same rule; an
/// inline `Data` has no address of its own and is copied.
///
/// Thread safety: immutable after `init`.
public final class Attachment: @unchecked Sendable {
    // `@unchecked`: `bytes` points into `owner`, which is immutable while it is shared; nothing
    // here ever writes through the pointer.

    /// The bytes; valid as long as this attachment is.
    public let bytes: UnsafeRawBufferPointer
    private let owner: any Sendable

    /// How many bytes there are.
    @inlinable
    public var count: Int { bytes.count }

    /// Wraps memory that `owner` keeps alive and unchanged for as long as it lives itself.
    ///
    /// For transports: the frame received is the owner.
    public init(bytes: UnsafeRawBufferPointer, owner: any Sendable) {
        self.bytes = bytes
        self.owner = owner
    }

    /// Holds the elements of `array` as they are in memory, which is little-endian binary32.
    public convenience init(_ array: [Float]) {
        self.init(bytes: array.withUnsafeBytes { $0 }, owner: array)
    }

    /// Holds the elements of `array`.
    public convenience init(_ array: [UInt8]) {
        self.init(bytes: array.withUnsafeBytes { $0 }, owner: array)
    }

    /// Holds the bytes of `data`.
    public convenience init(_ data: Data) {
        if data.count <= Self.largestInlineData {
            self.init([UInt8](data))
        } else {
            self.init(bytes: data.withUnsafeBytes { $0 }, owner: data)
        }
    }

    /// Takes what was written to `buffer`, which nobody may write to any more.
    public convenience init(taking buffer: sending MessageBuffer) {
        let bytes = buffer.bytes
        self.init(bytes: bytes, owner: SealedBuffer(buffer: buffer))
    }

    /// A `Data` of up to this many bytes may live in the value itself (14 bytes on 64-bit Linux;
    /// the rest is margin) and then has no stable address.
    private static let largestInlineData = 32
}

/// A buffer that has no writer left.
private struct SealedBuffer: @unchecked Sendable {
    // `@unchecked`: it came as `sending`, so nobody else has it, and it is only released here.
    let buffer: MessageBuffer
}

/// The attachments of one message, shared by all writers of that message.
@usableFromInline
final class AttachmentList {
    @usableFromInline var attachments: [Attachment] = []

    @usableFromInline
    init() {}

    @usableFromInline
    func append(_ attachment: Attachment) -> UInt32 {
        attachments.append(attachment)
        return UInt32(attachments.count - 1)
    }
}
