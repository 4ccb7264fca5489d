/// Reads JSON values one after the other, strictly, from bytes that it does not own.
///
/// As RFC 8259 says and no more: no BOM, no comments, no trailing comma, no `NaN`, no control
/// characters or lone surrogates in strings, nothing after the value. In addition a field must not
/// occur twice in an object, and containers nest ``maxDepth`` deep at most. A number that is not
/// finite in the type asked for is an error.
///
/// The reader never traps on any bytes and never reads outside of them. It allocates only for what
/// it returns, all of which is in the bytes already: nothing is reserved by a number in the text.
///
/// A failed read leaves the reader anywhere; nothing is read after it.
///
/// Lifetime: the caller keeps the bytes alive and unchanged while the reader is in use.
/// Thread safety: none; it is a value. Invariant: `0 <= offset <= count`.
public struct JSONReader {
    let start: UnsafePointer<UInt8>
    let count: Int
    /// How many bytes were read.
    public internal(set) var offset = 0
    private(set) var depth = 0

    /// The most containers inside of each other: above every payload, far below any stack.
    public static let maxDepth = 128

    /// Creates a reader at the first byte.
    public init(bytes: UnsafeRawBufferPointer) {
        count = bytes.count
        // An empty buffer may have no address; no byte of this one is ever read.
        let address = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        start = address.assumingMemoryBound(to: UInt8.self)
    }

    /// Reads one value that is all of the bytes.
    public static func read<Result>(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (inout JSONReader) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        var reader = JSONReader(bytes: bytes)
        let result = try body(&reader)
        try reader.finish()
        return result
    }

    /// Checks that nothing but white space is left.
    public mutating func finish() throws(JSONError) {
        skipSpace()
        if offset != count { throw syntax("there is something after the value") }
    }

    /// What a value is, by its first byte.
    public enum Kind: String, Sendable {
        case null, bool, number, string, array, object
    }

    /// The kind of the next value, which itself may still be malformed.
    public mutating func peekKind() throws(JSONError) -> Kind {
        skipSpace()
        guard offset < count else { throw syntax("the text ends where a value is expected") }
        switch start[offset] {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw syntax("a value is expected")
        }
    }

    /// Reads `null` if it is next.
    public mutating func readIfNull() throws(JSONError) -> Bool {
        guard try peekKind() == .null else { return false }
        try read(word: "null")
        return true
    }

    /// Reads a boolean.
    public mutating func readBool() throws(JSONError) -> Bool {
        try expect(.bool, "true or false")
        if start[offset] == UInt8(ascii: "t") {
            try read(word: "true")
            return true
        }
        try read(word: "false")
        return false
    }

    /// Reads an array, one element after the other.
    ///
    /// - Parameters:
    ///   - maxCount: How many elements it may have.
    ///   - element: Reads the next element, whose index it is told.
    public mutating func readArray(
        maxCount: Int,
        _ element: (inout JSONReader, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(.array, "an array")
        try enter()
        var index = 0
        if !readIf(UInt8(ascii: "]")) {
            repeat {
                guard index < maxCount else {
                    throw JSONError(
                        .limit, "it has more than \(maxCount) elements", offset: offset)
                }
                do {
                    try element(&self, index)
                } catch {
                    throw error.inside(.index(index))
                }
                index += 1
            } while readIf(UInt8(ascii: ","))
            try read(UInt8(ascii: "]"), "a comma or ] is expected")
        }
        depth -= 1
    }

    /// Reads an object that may have these fields and no others.
    ///
    /// - Parameters:
    ///   - fields: The names, at most 64.
    ///   - required: Those that must be there.
    ///   - body: Reads the value of the field, whose position in `fields` it is told.
    public mutating func readObject(
        fields: [String], required: [String] = [],
        _ body: (inout JSONReader, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        precondition(fields.count <= 64, "\(fields.count) fields do not fit in a word of bits")
        var seen: UInt64 = 0
        let begin = offset
        try readFields { (reader, key, at) throws(JSONError) in
            guard let index = fields.firstIndex(of: key) else {
                throw JSONError(
                    .unknownField, "there is no such field; it may be \(Self.list(fields))",
                    offset: at)
            }
            guard seen & 1 << index == 0 else { throw Self.duplicate(at: at) }
            seen |= 1 << index
            try body(&reader, index)
        }
        for name in required {
            guard let index = fields.firstIndex(of: name), seen & 1 << index == 0 else { continue }
            throw JSONError(.missingField, "it is missing", offset: begin).inside(.field(name))
        }
    }

    /// Reads an object of any fields.
    ///
    /// - Parameter maxCount: How many fields it may have.
    public mutating func readObject<Value>(
        maxCount: Int, _ value: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> [String: Value] {
        var object: [String: Value] = [:]
        try readFields { (reader, key, at) throws(JSONError) in
            guard object.count < maxCount else {
                throw JSONError(.limit, "the object has more than \(maxCount) fields", offset: at)
            }
            guard object.updateValue(try value(&reader), forKey: key) == nil else {
                throw Self.duplicate(at: at)
            }
        }
        return object
    }

    private mutating func readFields(
        _ body: (inout JSONReader, String, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(.object, "an object")
        try enter()
        if !readIf(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                let at = offset
                guard offset < count, start[offset] == UInt8(ascii: "\"") else {
                    throw syntax("the name of a field, in quotes, is expected")
                }
                let key = try readString()
                try read(UInt8(ascii: ":"), "a colon is expected")
                do {
                    try body(&self, key, at)
                } catch {
                    throw error.inside(.field(key))
                }
            } while readIf(UInt8(ascii: ","))
            try read(UInt8(ascii: "}"), "a comma or } is expected")
        }
        depth -= 1
    }

    // MARK: Bytes

    mutating func skipSpace() {
        while offset < count {
            switch start[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// Throws unless the next value is of this kind.
    mutating func expect(_ kind: Kind, _ name: String) throws(JSONError) {
        let found = try peekKind()
        guard found == kind else {
            throw JSONError(.value, "it must be \(name), not \(found.rawValue)", offset: offset)
        }
    }

    /// Enters a container, whose first byte is next.
    private mutating func enter() throws(JSONError) {
        guard depth < Self.maxDepth else {
            throw JSONError(
                .limit, "values are nested more than \(Self.maxDepth) deep", offset: offset)
        }
        depth += 1
        offset += 1
    }

    mutating func readIf(_ byte: UInt8) -> Bool {
        skipSpace()
        guard offset < count, start[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func read(_ byte: UInt8, _ reason: String) throws(JSONError) {
        guard readIf(byte) else { throw syntax(reason) }
    }

    private mutating func read(word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        guard count - offset >= length,
            (0..<length).allSatisfy({ start[offset + $0] == word.utf8Start[$0] })
        else { throw syntax("a value is expected") }
        offset += length
    }

    @inline(never)
    func syntax(_ reason: String) -> JSONError { JSONError(.syntax, reason, offset: offset) }

    private static func duplicate(at offset: Int) -> JSONError {
        JSONError(.duplicateField, "the field is there twice", offset: offset)
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}
