package import Protocols

/// The key table of a shard's LevelDB, byte by byte.
///
/// The first byte of a key is its table; numbers in keys are big-endian, so that they sort, and in
/// values little-endian.
///
/// | table | rest of the key | value |
/// |---|---|---|
/// | `01` meta | `01` description | ``ShardDescription`` as JSON, keys sorted |
/// | | `02` state | ``ShardState`` |
/// | `02` row of an id | canonical bytes of the id | row u32 |
/// | `03` id of a row | row u32 | hash of the point u64, canonical bytes of the id |
/// | `04` payload | row u32 | MessagePack map, keys sorted |
/// | `05` graph | `00` manifest | `GraphManifest`: the chunks that count, and the graph's header |
/// | | `01` chunk, chunk u32, generation u64 | `StoredChunk`: a part of the HNSW graph, and its rows |
/// | | `02` trail, row u32 | `GraphTrail`: how rows from this one on were linked since |
/// | `06` session | `00`, session u64 | last used at index u64, acknowledged sequence u64 |
/// | | `01`, session u64, sequence u64 | result: index u64, count u64 |
/// | `07` vector | row u32 | float32 × dimension |
///
/// A row is named by one upsert and never again. When it is deleted or replaced, its id and payload
/// go in the same batch. Its vector stays while the graph walks through it: it goes with the first
/// checkpoint whose graph has no slot for it any more.
///
/// Vectors come last: they are most of the bytes and come in the order of their keys, so that
/// LevelDB moves its files of them down without writing them again. A table behind them would be in
/// one file with the newest, and that file would be rewritten with each that follows.
package enum Keyspace {
    private static let meta: UInt8 = 1
    private static let rowOfID: UInt8 = 2
    private static let idOfRow: UInt8 = 3
    private static let payload: UInt8 = 4
    private static let graph: UInt8 = 5
    private static let sessionTable: UInt8 = 6
    private static let vector: UInt8 = 7

    /// What the store holds.
    package static let description: [UInt8] = [meta, 1]
    /// How far the store is.
    package static let state: [UInt8] = [meta, 2]

    /// The row of a point.
    package static func row(ofID canonicalBytes: [UInt8]) -> [UInt8] { [rowOfID] + canonicalBytes }
    /// The first key that the row of a point behind this one can have; nil: of any point.
    package static func rows(after id: PointID?) -> [UInt8] {
        // Nothing comes between a key and itself with a zero byte behind.
        id.map { row(ofID: $0.canonicalBytes) + [0] } ?? [rowOfID]
    }
    /// Behind the rows of all points.
    package static let endOfRowsOfIDs: [UInt8] = [rowOfID + 1]

    /// The point of a row.
    package static func id(ofRow row: UInt32) -> [UInt8] { [idOfRow] + bigEndian(row) }
    /// All points of rows.
    package static let idsOfRows: [UInt8] = [idOfRow]

    /// The payload of a row.
    package static func payload(ofRow row: UInt32) -> [UInt8] { [payload] + bigEndian(row) }

    /// The vector of a row.
    package static func vector(ofRow row: UInt32) -> [UInt8] { [vector] + bigEndian(row) }
    /// What the graph's chunks are.
    package static let graphManifest: [UInt8] = [graph, 0]
    /// All chunks of all generations.
    package static let graphChunks: [UInt8] = [graph, 1]
    /// One chunk of the graph, as a checkpoint has stored it.
    package static func graphChunk(_ chunk: UInt32, ofGeneration generation: UInt64) -> [UInt8] {
        graphChunks + bigEndian(chunk) + bigEndian(generation)
    }

    /// How rows from this one on were linked since the checkpoint.
    package static func graphTrail(fromRow row: UInt32) -> [UInt8] { graphTrails + bigEndian(row) }
    /// How all rows were linked since the checkpoint.
    package static let graphTrails: [UInt8] = [graph, 2]

    /// A session.
    package static func session(_ id: UInt64) -> [UInt8] { sessions + bigEndian(id) }
    /// All sessions.
    package static let sessions: [UInt8] = [sessionTable, 0]
    /// What came of a write of a session.
    package static func result(_ session: UInt64, _ sequence: UInt64) -> [UInt8] {
        results + bigEndian(session) + bigEndian(sequence)
    }
    /// What came of all writes of all sessions.
    package static let results: [UInt8] = [sessionTable, 1]

    /// The row that is the end of a key of the tables by row.
    static func row(of key: UnsafeRawBufferPointer) -> UInt32 {
        precondition(key.count == 5, "a key by row has 5 bytes, not \(key.count)")
        return UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
