/// What sort of value comes next, as MessagePack distinguishes them.
///
/// *Source*: the MessagePack specification, "Type system"; integers are split by sign only where
/// a dynamic value needs it.
public enum MessagePackKind: String, Sendable, Hashable, CaseIterable {
    /// The absence of a value: `c0`.
    case `nil`
    /// True or false: `c3`, `c2`.
    case bool
    /// An integer of any width and sign.
    case integer
    /// An IEEE 754 binary32 number: `ca`.
    case float
    /// An IEEE 754 binary64 number: `cb`.
    case double
    /// Text in UTF-8.
    case string
    /// Bytes.
    case binary
    /// A sequence of values.
    case array
    /// A sequence of pairs of values.
    case map
    /// Bytes with an application's type number.
    case `extension`
    /// The byte `c1`, which the specification says is never used.
    case reserved

    /// The kind that a first byte announces.
    @inlinable
    public init(firstByte byte: UInt8) {
        switch byte {
        case 0x00...0x7f, 0xe0...0xff, 0xcc...0xd3: self = .integer
        case 0x80...0x8f, 0xde, 0xdf: self = .map
        case 0x90...0x9f, 0xdc, 0xdd: self = .array
        case 0xa0...0xbf, 0xd9...0xdb: self = .string
        case 0xc0: self = .nil
        case 0xc2, 0xc3: self = .bool
        case 0xc4...0xc6: self = .binary
        case 0xc7...0xc9, 0xd4...0xd8: self = .extension
        case 0xca: self = .float
        case 0xcb: self = .double
        default: self = .reserved
        }
    }
}
