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

    /// What keeps the bytes alive, and who else may read them.
    private enum Owner {
        /// Memory that others may read too, so that it must never change.
        case shared(any Sendable)
        /// Memory that only this message uses.
        case exclusive(any Sendable)
        /// A `Data`, which copies itself before it changes.
        case data(Data)
    }

    /// The bytes; valid as long as this attachment is, which may end with its last use in the
    /// source: hold it by `withExtendedLifetime`.
    public let bytes: UnsafeRawBufferPointer
    private let owner: Owner

    /// How many bytes there are.
    @inlinable
    public var count: Int { bytes.count }

    private init(bytes: UnsafeRawBufferPointer, owner: Owner) {
        self.bytes = bytes
        self.owner = owner
    }

    /// Wraps memory that `owner` keeps alive and unchanged for as long as it lives itself.
    public convenience init(bytes: UnsafeRawBufferPointer, owner: any Sendable) {
        self.init(bytes: bytes, owner: .shared(owner))
    }

    /// Wraps memory that `owner` keeps alive and that nobody else reads or writes.
    ///
    /// For transports: the frame received is the owner. A `Data` that is read from it uses the
    /// memory without a copy, and writes to it when it is mutated.
    public convenience init(exclusive bytes: UnsafeMutableRawBufferPointer, owner: any Sendable) {
        self.init(bytes: UnsafeRawBufferPointer(bytes), owner: .exclusive(owner))
    }

    /// Holds the elements of `array` as they are in memory, which is little-endian binary32.
    public convenience init(_ array: [Float]) {
        self.init(bytes: array.withUnsafeBytes { $0 }, owner: .shared(array))
    }

    /// Holds the elements of `array`.
    public convenience init(_ array: [UInt8]) {
        self.init(bytes: array.withUnsafeBytes { $0 }, owner: .shared(array))
    }

    /// Holds the bytes of `data`.
    public convenience init(_ data: Data) {
        if data.count <= Self.largestInlineData {
            self.init([UInt8](data))
        } else {
            self.init(bytes: data.withUnsafeBytes { $0 }, owner: .data(data))
        }
    }

    /// Takes what was written to `buffer`, which nobody may write to any more.
    public convenience init(taking buffer: sending MessageBuffer) {
        let bytes = UnsafeMutableRawBufferPointer(mutating: buffer.bytes)
        self.init(exclusive: bytes, owner: SealedBuffer(buffer: buffer))
    }

    /// The bytes as `Data`, without a copy where the owner allows it and it pays.
    ///
    /// `Data` that was lent memory writes to it when it is mutated, so only memory that nobody else
    /// reads is lent: an array that the sender may still hold is copied.
    public func data() -> Data {
        switch owner {
        case .data(let data): return data
        case .exclusive where count >= Self.smallestLent:
            guard let start = bytes.baseAddress else { return Data() }
            return Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: count,
                deallocator: .custom { _, _ in withExtendedLifetime(self) {} })
        case .exclusive, .shared: return Data(bytes)
        }
    }

    /// A `Data` of up to this many bytes may live in the value itself (14 bytes on 64-bit Linux;
    /// the rest is margin) and then has no stable address.
    private static let largestInlineData = 32

    /// Below this many bytes a copy costs less than a storage object with a deallocator.
    private static let smallestLent = 256
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
