import CLevelDB

/// LevelDB's form of how one read is done.
struct ReadOptions: ~Copyable {
    let pointer: OpaquePointer

    /// - Parameter fillsCache: False for scans, which would push out what point reads need.
    init(snapshot: Snapshot?, fillsCache: Bool) {
        pointer = leveldb_readoptions_create()
        leveldb_readoptions_set_verify_checksums(pointer, 1)
        leveldb_readoptions_set_fill_cache(pointer, fillsCache ? 1 : 0)
        if let snapshot { leveldb_readoptions_set_snapshot(pointer, snapshot.pointer) }
    }

    deinit { leveldb_readoptions_destroy(pointer) }
}
