/// Why bytes could not be read as what was asked for.
///
/// Offsets count from the first byte that the reader was given.
public enum MessagePackError: Error, Hashable, Sendable {
    /// The bytes end inside the value that begins at `offset`.
    case truncated(offset: Int, needed: Int, remaining: Int)
    /// A value of another kind stands where one was expected.
    case typeMismatch(offset: Int, expected: MessagePackKind, found: MessagePackKind)
    /// The integer does not fit into the type asked for.
    case integerOutOfRange(offset: Int, found: Int128, minimum: Int128, maximum: Int128)
    /// A string is not UTF-8.
    case invalidUTF8(offset: Int, byteCount: Int)
    /// The byte `c1` stands where a value should begin.
    case reservedByte(offset: Int)
    /// A header announces more elements than the bytes that follow can hold.
    case countExceedsInput(offset: Int, count: Int, minimumByteCount: Int, remaining: Int)
    /// Containers are nested more deeply than `MessagePackLimits.depth`.
    case tooDeep(offset: Int, limit: Int)
    /// A vector of binary32 numbers has a length that is not a multiple of four bytes.
    case partialFloat(offset: Int, byteCount: Int)
    /// Bytes are left after the value.
    case trailingBytes(offset: Int, remaining: Int)
    /// An attachment's index has another length than four bytes.
    case malformedAttachment(offset: Int, byteCount: Int)
    /// The message refers to an attachment that did not come with it.
    case missingAttachment(offset: Int, index: Int, attachmentCount: Int)
    /// Two places of the message refer to one attachment.
    case reusedAttachment(offset: Int, index: Int, firstOffset: Int)
    /// A directly decoded type lacks a field.
    case missingField(name: String, offset: Int)
    /// A directly decoded type rejects a value that is well formed.
    case invalidValue(reason: String, offset: Int)
}

extension MessagePackError: CustomStringConvertible {
    /// What happened, where, and what to do about it.
    public var description: String {
        switch self {
        case .truncated(let offset, let needed, let remaining):
            "the value at offset \(offset) takes at least \(needed) bytes, but \(remaining) "
                + "remain; send the whole message"
        case .typeMismatch(let offset, let expected, let found):
            "expected \(expected.rawValue) at offset \(offset) and found \(found.rawValue); "
                + "check that both sides agree on the message's fields"
        case .integerOutOfRange(let offset, let found, let minimum, let maximum):
            "the integer \(found) at offset \(offset) is outside of \(minimum)...\(maximum); "
                + "send a value in this range or widen the field"
        case .invalidUTF8(let offset, let byteCount):
            "the string of \(byteCount) bytes at offset \(offset) is not UTF-8; "
                + "send other bytes as binary"
        case .reservedByte(let offset):
            "the byte c1 at offset \(offset) begins no value; these bytes are not MessagePack"
        case .countExceedsInput(let offset, let count, let minimumByteCount, let remaining):
            "the header at offset \(offset) announces \(count) elements, which take at least "
                + "\(minimumByteCount) bytes, but \(remaining) remain; send the whole message"
        case .tooDeep(let offset, let limit):
            "the container at offset \(offset) is nested in \(limit) others, which is the limit; "
                + "flatten the message"
        case .partialFloat(let offset, let byteCount):
            "the vector at offset \(offset) has \(byteCount) bytes, which is not a multiple of 4; "
                + "send little-endian binary32 numbers"
        case .trailingBytes(let offset, let remaining):
            "\(remaining) bytes are left after the value that ends at offset \(offset); "
                + "send one value in a message"
        case .malformedAttachment(let offset, let byteCount):
            "the attachment reference at offset \(offset) has \(byteCount) bytes; "
                + "send the index as 4 bytes, the highest first"
        case .missingAttachment(let offset, let index, let attachmentCount):
            "the value at offset \(offset) is attachment \(index), but \(attachmentCount) came "
                + "with the message; send every attachment beside its message"
        case .reusedAttachment(let offset, let index, let firstOffset):
            "the value at offset \(offset) is attachment \(index), which already is the value at "
                + "offset \(firstOffset); send one attachment for each value"
        case .missingField(let name, let offset):
            "the map at offset \(offset) has no field \(name); add it"
        case .invalidValue(let reason, let offset):
            "the value at offset \(offset) is not usable: \(reason)"
        }
    }
}
