import CLevelDB

/// LevelDB's own form of ``Options``, with the cache and the filter policy that the open database
/// borrows: it must live longer than the database.
struct OpenOptions: ~Copyable, @unchecked Sendable {  // immutable after init; freed by its owner
    let pointer: OpaquePointer
    private let cache: OpaquePointer
    private let filter: OpaquePointer?

    init(_ options: Options) {
        pointer = leveldb_options_create()
        cache = leveldb_cache_create_lru(options.cacheByteCount)
        filter =
            options.filterBitsPerKey > 0
            ? leveldb_filterpolicy_create_bloom(Int32(options.filterBitsPerKey)) : nil
        leveldb_options_set_create_if_missing(pointer, options.absence == .create ? 1 : 0)
        leveldb_options_set_paranoid_checks(pointer, 1)
        leveldb_options_set_write_buffer_size(pointer, options.writeBufferByteCount)
        leveldb_options_set_max_open_files(pointer, Int32(options.maxOpenFileCount))
        leveldb_options_set_block_size(pointer, options.blockByteCount)
        leveldb_options_set_cache(pointer, cache)
        if let filter { leveldb_options_set_filter_policy(pointer, filter) }
    }

    deinit {
        leveldb_options_destroy(pointer)
        leveldb_cache_destroy(cache)
        if let filter { leveldb_filterpolicy_destroy(filter) }
    }
}
