import Fixtures
import LevelDB
import Testing

@Suite struct `A write batch` {
    private let directory: TemporaryDirectory
    private let database: Database

    init() throws {
        directory = try TemporaryDirectory()
        database = try Database(at: directory.appending("db"))
    }

    @Test func `changes nothing before it is written`() throws {
        var batch = WriteBatch()
        batch.put([1], for: [7])
        #expect(try database.get([7]) == nil)
        #expect(batch.count == 1)
        #expect(batch.byteCount == 2)
    }

    @Test func `writes everything in order`() throws {
        var batch = WriteBatch()
        batch.put([1], for: [7])
        batch.put([2], for: [7])
        batch.put([3], for: [8])
        batch.delete([8])
        try database.write(batch, .synced)
        #expect(try database.get([7]) == [2])
        #expect(try database.get([8]) == nil)
    }

    @Test func `is empty after its writes were taken out`() throws {
        var batch = WriteBatch()
        batch.put([1], for: [7])
        batch.removeAll()
        try database.write(batch, .unsynced)
        #expect(try database.get([7]) == nil)
        #expect(batch.count == 0)
    }
}
