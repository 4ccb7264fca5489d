public import FoundationEssentials

/// The name of a point, unique in its collection: an unsigned number, a UUID or a string.
///
/// In text (JSON, command line) a number is a number, and a string in the canonical form of a UUID
/// *is* that UUID. In MessagePack a number is an integer, a UUID is `bin` of its 16 bytes, and a
/// string is `str`.
public enum PointID: Hashable, Sendable {
    case number(UInt64)
    case uuid(UUID)
    case string(String)

    /// The longest string that names a point, in UTF-8 bytes: an id is a key of the store, and is
    /// held in memory for every point.
    public static let maxStringByteCount = 512

    /// The id that `text` names: a number, else a UUID, else the string itself.
    public init(text: String) {
        if let number = UInt64(text), String(number) == text {
            self = .number(number)
        } else {
            self.init(string: text)
        }
    }

    /// The id that a string of JSON or MessagePack names: a UUID if it has the form of one.
    public init(string: String) {
        if string.utf8.count == 36, let uuid = UUID(uuidString: string) {
            self = .uuid(uuid)
        } else {
            self = .string(string)
        }
    }

    /// What is wrong with this id, or nil.
    public var defect: String? {
        guard case .string(let string) = self else { return nil }
        if string.isEmpty { return "a point id must not be an empty string" }
        if string.utf8.count > Self.maxStringByteCount {
            return "a point id has \(string.utf8.count) bytes, more than \(Self.maxStringByteCount)"
        }
        return nil
    }
}

extension PointID: CustomStringConvertible {
    /// The id as text, from which ``init(text:)`` makes it again.
    public var description: String {
        switch self {
        case .number(let number): String(number)
        case .uuid(let uuid): uuid.uuidString.lowercased()
        case .string(let string): string
        }
    }
}

extension PointID: Comparable {
    /// Numbers by value, then UUIDs by bytes, then strings by UTF-8 bytes: the order of the store.
    public static func < (left: PointID, right: PointID) -> Bool {
        left.canonicalBytes.lexicographicallyPrecedes(right.canonicalBytes)
    }
}

extension PointID {
    /// The bytes that name the point in stores and hashes, the same in every language.
    ///
    /// | byte 0 | rest |
    /// |---|---|
    /// | 0 | number, 8 bytes, big-endian |
    /// | 1 | UUID, 16 bytes |
    /// | 2 | string, UTF-8 |
    public var canonicalBytes: [UInt8] {
        switch self {
        case .number(let number):
            return [0] + withUnsafeBytes(of: number.bigEndian) { Array($0) }
        case .uuid(let uuid):
            return [1] + withUnsafeBytes(of: uuid.uuid) { Array($0) }
        case .string(let string):
            return [2] + Array(string.utf8)
        }
    }

    /// The id that ``canonicalBytes`` came from, or nil if no id has these bytes.
    public init?(canonicalBytes bytes: some Collection<UInt8>) {
        let rest = Array(bytes.dropFirst())
        switch bytes.first {
        case 0 where rest.count == 8:
            self = .number(rest.reduce(0) { $0 << 8 | UInt64($1) })
        case 1 where rest.count == 16:
            self = .uuid(rest.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) })
        case 2:
            guard let string = String(validating: rest, as: UTF8.self) else { return nil }
            self = .string(string)
        default:
            return nil
        }
    }
}
