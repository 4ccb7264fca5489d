import Fixtures
import LevelDB
import Testing

@Suite struct `An iterator` {
    private let directory: TemporaryDirectory
    private let database: Database

    init() throws {
        directory = try TemporaryDirectory()
        database = try Database(at: directory.appending("db"))
        var batch = WriteBatch()
        for key: [UInt8] in [[2, 255], [1], [2], [2, 0], [255, 255], [3]] {
            batch.put(key.reversed(), for: key)
        }
        try database.write(batch, .unsynced)
    }

    private func keys(
        from lower: [UInt8] = [], to upper: [UInt8]? = nil, in snapshot: Snapshot? = nil
    ) throws -> [[UInt8]] {
        var keys: [[UInt8]] = []
        try database.forEach(from: lower, to: upper, in: snapshot) { key, value in
            #expect(Array(value) == Array(key).reversed())
            keys.append(Array(key))
        }
        return keys
    }

    @Test func `walks keys in the order of their bytes`() throws {
        #expect(try keys() == [[1], [2], [2, 0], [2, 255], [3], [255, 255]])
    }

    @Test func `begins at the lower and ends before the upper bound`() throws {
        #expect(try keys(from: [2], to: [3]) == [[2], [2, 0], [2, 255]])
        #expect(try keys(from: [2, 1], to: [2, 2]) == [])
    }

    @Test(arguments: [
        ([2], 3), ([255], 1), ([255, 255], 1), ([2, 255], 1), ([4], 0), ([], 6),
    ])
    func `walks the keys of a prefix`(prefix: [UInt8], expected: Int) throws {
        var count = 0
        try database.forEach(withPrefix: prefix) { key, _ in
            #expect(key.starts(with: prefix))
            count += 1
        }
        #expect(count == expected)
    }

    @Test func `does not see what was written after it began`() throws {
        var iterator = Iterator(of: database)
        try database.put([0], for: [0], .unsynced)
        #expect(try iterator.next { key, _ in Array(key) } == [1])
    }

    @Test func `walks a snapshot`() throws {
        let snapshot = database.snapshot()
        try database.delete([1], .unsynced)
        #expect(try keys(in: snapshot).count == 6)
        #expect(try keys().count == 5)
    }

    @Test func `stays at its end`() throws {
        var iterator = Iterator(of: database, from: [3], to: [4])
        #expect(try iterator.next { key, _ in Array(key) } == [3])
        #expect(try iterator.next { key, _ in Array(key) } == nil)
        #expect(try iterator.next { key, _ in Array(key) } == nil)
    }
}
