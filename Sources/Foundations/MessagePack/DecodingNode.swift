/// The place of one value in the input: a `Decoder`, and what its containers know of the value.
///
/// ```
/// header | key value | key value | key value | …
///                                ^ scannedOffset: all before it was passed, scannedCount entries
/// ```
///
/// Types mostly ask for keys in the order in which they were written. So a key is first compared
/// with the next one in the bytes: if it is that, the value is read in place and nothing is
/// allocated. At the first other key the rest of the map is passed over once and the places of all
/// keys are kept in `entries`, which are then searched from the last hit.
///
/// Invariant: `scannedCount <= count`; `entries` is empty or has `count` elements.
final class DecodingNode: Decoder {
    /// Where a key's text and its value are.
    struct Entry {
        let keyOffset: Int
        /// -1 for a key that is not a string, which no property asks for.
        let keyLength: Int
        let valueOffset: Int
    }

    enum Shape {
        case unread, array, map
    }

    // Exclusivity is not checked at run time, for `DecodingContext`'s reason.
    let context: DecodingContext
    @exclusivity(unchecked) var start: Int
    @exclusivity(unchecked) var shape = Shape.unread
    @exclusivity(unchecked) var count = 0
    @exclusivity(unchecked) var scannedCount = 0
    @exclusivity(unchecked) var scannedOffset = 0
    @exclusivity(unchecked) var entries: [Entry] = []
    @exclusivity(unchecked) var hint = 0
    /// The end of a single value that was read; 0 when none was.
    @exclusivity(unchecked) var valueEnd = 0
    @exclusivity(unchecked) private var parent: DecodingNode?
    @exclusivity(unchecked) private var key: (any CodingKey)?
    @exclusivity(unchecked) private var spare: DecodingNode?
    private let depth: Int

    /// The node of a whole message.
    init(context: DecodingContext) {
        self.context = context
        start = context.reader.offset
        depth = context.depth
    }

    private init(parent: DecodingNode, start: Int) {
        context = parent.context
        self.start = start
        self.parent = parent
        depth = parent.depth + 1
    }

    // MARK: Decoder

    var userInfo: [CodingUserInfoKey: Any] { context.userInfo }

    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var node = self
        while let parent = node.parent {
            if let key = node.key { path.append(key) }
            node = parent
        }
        return path.reversed()
    }

    func container<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        try openMap()
        return KeyedDecodingContainer(KeyedDecoding<Key>(node: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try openArray()
        return UnkeyedDecoding(node: self, offset: scannedOffsetOfFirst)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        SingleValueDecoding(node: self)
    }

    // MARK: Containers

    /// Where the first element is, once the header was read.
    private(set) var scannedOffsetOfFirst = 0

    private func openMap() throws {
        if shape == .map { return }
        try open(.map, as: [String: Any].self) { reader throws(MessagePackError) in
            try reader.readMapHeader()
        }
    }

    private func openArray() throws {
        if shape == .array { return }
        try open(.array, as: [Any].self) { reader throws(MessagePackError) in
            try reader.readArrayHeader()
        }
    }

    @inline(__always)
    private func open(
        _ shape: Shape, as type: Any.Type,
        _ readHeader: (inout MessagePackReader) throws(MessagePackError) -> Int
    ) throws {
        do {
            if depth >= MessagePackLimits.depth {
                throw MessagePackError.tooDeep(offset: start, limit: MessagePackLimits.depth)
            }
            context.reader.position = start
            count = try readHeader(&context.reader)
        } catch {
            throw failure(error, as: type, key: nil)
        }
        self.shape = shape
        scannedCount = 0
        scannedOffset = context.reader.position
        scannedOffsetOfFirst = scannedOffset
    }

    /// Passes over one value at `offset` and returns where it ends.
    func skip(at offset: Int) throws(MessagePackError) -> Int {
        context.reader.position = offset
        context.reader.nesting = nestingInside
        defer { context.reader.nesting = context.depth }
        try context.reader.skipValue()
        return context.reader.position
    }

    /// How many containers enclose what is read at this node now.
    var nestingInside: Int { depth + (shape == .unread ? 0 : 1) }

    /// Where the node's value ends; passes over what was not read.
    func end() throws(MessagePackError) -> Int {
        switch shape {
        case .unread: return valueEnd > 0 ? valueEnd : try skip(at: start)
        case .array, .map:
            let factor = shape == .map ? 2 : 1
            while scannedCount < count {
                for _ in 0..<factor { scannedOffset = try skip(at: scannedOffset) }
                scannedCount += 1
            }
            return scannedOffset
        }
    }

    // MARK: Children

    /// Reads a child's value by its own `init(from:)`.
    ///
    /// - Returns: The value, and where its bytes end.
    @inline(never)
    func readChild<Value: Decodable>(
        _ type: Value.Type, at offset: Int, key: any CodingKey
    ) throws -> (Value, Int) {
        var child = takeChild(at: offset, key: key)
        let value = try Value(from: child)
        let end: Int
        do { end = try child.end() } catch { throw failure(error, as: type, key: key) }
        if isKnownUniquelyReferenced(&child) {
            // Nobody kept it: the next child reuses it. It lets go of its parent, because the two
            // would keep each other alive.
            child.parent = nil
            spare = child
        }
        return (value, end)
    }

    private func takeChild(at offset: Int, key: any CodingKey) -> DecodingNode {
        guard let spare else { return child(at: offset, key: key) }
        self.spare = nil
        spare.parent = self
        spare.key = key
        spare.start = offset
        spare.shape = .unread
        spare.entries.removeAll(keepingCapacity: true)
        spare.hint = 0
        spare.valueEnd = 0
        return spare
    }

    /// A node for a value that is read in whatever order the type likes.
    func child(at offset: Int, key: any CodingKey) -> DecodingNode {
        let child = DecodingNode(parent: self, start: offset)
        child.key = key
        return child
    }

    /// Reads the whole message and leaves the context's reader behind it.
    func readWhole<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try readSingle(type)
        do {
            context.reader.position = try end()
        } catch {
            throw failure(error, as: type, key: nil)
        }
        return value
    }

    /// The error in `Codable`'s terms, at this node or at a key in it.
    @inline(never)
    func failure(_ error: any Error, as type: Any.Type, key: (any CodingKey)?) -> any Error {
        guard let error = error as? MessagePackError else { return error }
        return error.decodingError(for: type, at: codingPath + (key.map { [$0] } ?? []))
    }
}
