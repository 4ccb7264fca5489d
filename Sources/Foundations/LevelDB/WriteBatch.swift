import CLevelDB

/// Writes that a ``Database`` carries out together: all of them, or none.
///
/// Later writes of a key win over earlier ones of the same batch. A batch belongs to whoever fills
/// it; it is not shared between threads.
public struct WriteBatch: ~Copyable {
    let pointer: OpaquePointer
    /// How many writes the batch has.
    public private(set) var count = 0
    /// How many bytes the keys and values have.
    public private(set) var byteCount = 0

    /// Makes an empty batch.
    public init() { pointer = leveldb_writebatch_create() }

    deinit { leveldb_writebatch_destroy(pointer) }

    /// Makes `key` have `value`.
    public mutating func put(_ value: [UInt8], for key: [UInt8]) {
        value.withUnsafeBytes { put($0, for: key) }
    }

    /// Makes `key` have these bytes, which are copied.
    public mutating func put(_ value: UnsafeRawBufferPointer, for key: [UInt8]) {
        key.withCharacters { key, keyCount in
            value.withCharacters { value, valueCount in
                leveldb_writebatch_put(pointer, key, keyCount, value, valueCount)
            }
        }
        count += 1
        byteCount += key.count + value.count
    }

    /// Makes `key` have no value.
    public mutating func delete(_ key: [UInt8]) {
        key.withCharacters { key, keyCount in
            leveldb_writebatch_delete(pointer, key, keyCount)
        }
        count += 1
        byteCount += key.count
    }

    /// Takes everything out of the batch, to be filled again.
    public mutating func removeAll() {
        leveldb_writebatch_clear(pointer)
        count = 0
        byteCount = 0
    }
}
