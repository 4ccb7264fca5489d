import Fixtures
import Primitives
import Protocols
import Raft
import Storage
import Testing
import Vectors

@Suite struct `A shard store` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("7") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func `begins empty`() throws {
        let store = try ShardStore(at: path, for: .example)
        #expect(try store.state() == ShardState())
        #expect(try store.points([.number(1)], parts: []) == [])
    }

    @Test func `has what was written after it is opened again`() throws {
        do { try ShardStore(at: path, for: .example).write(.examplePoints) }
        let store = try ShardStore(at: path, for: .example)
        #expect(try store.state() == ShardState.example(appliedIndex: 5, nextRow: 3))
        let points = try store.points(
            [.number(9), .string("b"), .number(1)], parts: [.payload, .vector])
        #expect(
            points == [
                StoredPoint(id: .string("b"), vector: [3, 4], payload: [0x81]),
                StoredPoint(id: .number(1), vector: [5, 6], payload: [0x82]),
            ])
    }

    @Test func `reads only the parts that are wanted`() throws {
        let store = try ShardStore(at: path, for: .example)
        try store.write(.examplePoints)
        let ids: [PointID] = [.number(1)]
        #expect(try store.points(ids, parts: .payload)[0].vector == [])
        #expect(try store.points(ids, parts: .vector)[0].payload == [])
    }

    @Test func `forgets the id and payload of a replaced row and keeps its vector`() throws {
        let store = try ShardStore(at: path, for: .example)
        try store.write(.examplePoints)
        #expect(try store.payload(ofRow: 0) == nil)
        #expect(try store.payload(ofRow: 2) == [0x82])
        #expect(try store.vector(ofRow: 0) == [1, 2])
        var rows: [UInt32: PointID] = [:]
        try store.forEachID { row, id, _ in rows[row] = id }
        #expect(rows == [1: .string("b"), 2: .number(1)])
    }

    @Test func `forgets a removed point`() throws {
        let store = try ShardStore(at: path, for: .example)
        try store.write(.examplePoints)
        var changes = ShardChanges(state: ShardState.example(appliedIndex: 6, nextRow: 3))
        changes.changes = [.remove(.string("b"), row: 1)]
        try store.write(changes)
        #expect(try store.points([.string("b")], parts: []) == [])
        #expect(try store.state().appliedIndex == 6)
    }

    @Test func `walks all vectors from a row on, those of removed points too`() throws {
        let store = try ShardStore(at: path, for: .example)
        try store.write(.examplePoints)
        var vectors: [[Float]] = []
        try store.forEachVector(fromRow: 0, before: 3) { row, bytes in
            #expect(Int(row) == vectors.count)
            vectors.append(
                (0..<2).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) })
        }
        #expect(vectors == [[1, 2], [3, 4], [5, 6]])
        var rows: [UInt32] = []
        try store.forEachVector(fromRow: 2, before: .max) { row, _ in rows.append(row) }
        #expect(rows == [2])
    }

    @Test func `of another collection is refused`() throws {
        do { _ = try ShardStore(at: path, for: .example) }
        var other = ShardDescription.example
        other.configuration.dimension = 3
        let error = #expect(throws: StorageError.self) { try ShardStore(at: path, for: other) }
        guard case .otherShard(path, _, _) = error else {
            Issue.record("not another shard: \(String(describing: error))")
            return
        }
    }

    @Test func `is open once only`() throws {
        let store = try ShardStore(at: path, for: .example)
        #expect(throws: StorageError.locked(path: path)) {
            try ShardStore(at: path, for: .example)
        }
        #expect(store.path == path)
    }

    @Test func `is gone after it was removed`() throws {
        do { try ShardStore(at: path, for: .example).write(.examplePoints) }
        try ShardStore.remove(at: path)
        #expect(try ShardStore(at: path, for: .example).state() == ShardState())
    }
}

extension ShardDescription {
    /// The example with another memory.
    static func example(_ memory: VectorMemory) -> ShardDescription {
        var description = example
        description.configuration.memory = memory
        return description
    }

    static let example = ShardDescription(
        shard: 7, collection: 3,
        configuration: CollectionConfiguration(name: "books", dimension: 2, metric: .euclid))
}

extension ShardChanges {
    /// Two points, and the first of them replaced.
    static let examplePoints: ShardChanges = {
        var changes = ShardChanges(state: ShardState.example(appliedIndex: 5, nextRow: 3))
        changes.changes = [
            .insert(
                StoredPoint(id: .number(1), vector: [1, 2], payload: [0x80]), row: 0, hash: 9,
                replaced: nil),
            .insert(
                StoredPoint(id: .string("b"), vector: [3, 4], payload: [0x81]), row: 1, hash: 9,
                replaced: nil),
            .insert(
                StoredPoint(id: .number(1), vector: [5, 6], payload: [0x82]), row: 2, hash: 9,
                replaced: 0),
        ]
        return changes
    }()
}

extension ShardState {
    /// A state of a group without members.
    static func example(appliedIndex: UInt64, nextRow: UInt32) -> ShardState {
        ShardState(
            applied: LogBase(index: appliedIndex, term: 2, configuration: .empty),
            nextRow: nextRow)
    }
}
