import CLevelDB

/// The state of a ``Database`` at one moment, for reads that belong together.
///
/// Later writes do not show in it. It keeps old versions of values from being dropped, so it should
/// not live long. It keeps its database open. Any number of threads may read through one.
public final class Snapshot: @unchecked Sendable {
    // The pointer never changes, and LevelDB allows any thread to read through a snapshot.
    let pointer: OpaquePointer
    let database: Database

    init(of database: Database) {
        self.database = database
        pointer = leveldb_create_snapshot(database.pointer)
    }

    deinit { leveldb_release_snapshot(database.pointer, pointer) }
}
