import CLevelDB

/// A walk over a ``Database`` in the order of its keys, over its state when the walk began.
///
/// The bytes of the current key and value are LevelDB's own: they are lent to a closure and gone
/// afterwards. An iterator belongs to one thread; it keeps its database open.
public struct Iterator: ~Copyable {
    private let pointer: OpaquePointer
    private let database: Database
    private let snapshot: Snapshot?
    private let upper: [UInt8]?

    /// Begins a walk at the first key that is not before `lower` and ends it before `upper`.
    public init(
        of database: Database, in snapshot: Snapshot? = nil, from lower: [UInt8] = [],
        to upper: [UInt8]? = nil
    ) {
        precondition(
            snapshot == nil || snapshot?.database === database, "a snapshot of another database")
        let options = ReadOptions(snapshot: snapshot, fillsCache: false)
        pointer = leveldb_create_iterator(database.pointer, options.pointer)
        self.database = database
        self.snapshot = snapshot
        self.upper = upper
        lower.withCharacters { lower, count in leveldb_iter_seek(pointer, lower, count) }
    }

    deinit { leveldb_iter_destroy(pointer) }

    /// Hands the current key and value to `body` and goes to the next; nil at the end.
    ///
    /// - Throws: A ``LevelDBError`` if the walk ended because bytes could not be read or were damaged,
    ///   or what `body` throws.
    public mutating func next<Value>(
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Value
    ) throws -> Value? {
        guard leveldb_iter_valid(pointer) != 0 else {
            try checked(at: database.path) { leveldb_iter_get_error(pointer, $0) }
            return nil
        }
        var (keyCount, valueCount) = (0, 0)
        // Both stay as they are until the iterator moves, which is after `body`.
        let key = UnsafeRawBufferPointer(
            start: leveldb_iter_key(pointer, &keyCount), count: keyCount)
        if let upper, !key.lexicographicallyPrecedes(upper) { return nil }
        let value = UnsafeRawBufferPointer(
            start: leveldb_iter_value(pointer, &valueCount), count: valueCount)
        let result = try body(key, value)
        leveldb_iter_next(pointer)
        return result
    }
}

extension Database {
    /// Hands each key from `lower` to before `upper` with its value to `body`, in order.
    public func forEach(
        from lower: [UInt8] = [], to upper: [UInt8]? = nil, in snapshot: Snapshot? = nil,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var iterator = Iterator(of: self, in: snapshot, from: lower, to: upper)
        while try iterator.next(body) != nil {}
    }

    /// Hands each key that begins with `prefix` with its value to `body`, in order.
    public func forEach(
        withPrefix prefix: [UInt8], in snapshot: Snapshot? = nil,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try forEach(from: prefix, to: prefix.successorOfPrefix, in: snapshot, body)
    }
}

extension [UInt8] {
    /// The first key after all that begin with these bytes; nil if there is none.
    var successorOfPrefix: [UInt8]? {
        guard let last = lastIndex(where: { $0 != .max }) else { return nil }
        var successor = Array(self[...last])
        successor[last] += 1
        return successor
    }
}
