import Fixtures
import LevelDB
import Testing

@Suite struct `A database` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("db") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func `gives back what was put`() throws {
        let database = try Database(at: path)
        try database.put([1, 2, 3], for: [7], .synced)
        #expect(try database.get([7]) == [1, 2, 3])
        #expect(try database.get([8]) == nil)
    }

    @Test func `keeps an empty value and an empty key apart from none`() throws {
        let database = try Database(at: path)
        try database.put([], for: [1], .unsynced)
        try database.put([9], for: [], .unsynced)
        #expect(try database.get([1]) == [])
        #expect(try database.get([]) == [9])
        #expect(try database.get([2]) == nil)
    }

    @Test func `forgets what was deleted`() throws {
        let database = try Database(at: path)
        try database.put([1], for: [7], .unsynced)
        try database.delete([7], .unsynced)
        #expect(try database.get([7]) == nil)
    }

    @Test func `lends a value without copying it`() throws {
        let database = try Database(at: path)
        try database.put([1, 2, 3], for: [7], .unsynced)
        #expect(try database.withValue(of: [7]) { $0?.count } == 3)
        #expect(try database.withValue(of: [8]) { $0 == nil })
    }

    @Test func `is found again after it was closed`() throws {
        do {
            let database = try Database(at: path)
            try database.put([1], for: [7], .synced)
        }
        #expect(try Database(at: path).get([7]) == [1])
    }

    @Test func `is open once only`() throws {
        let database = try Database(at: path)
        #expect(throws: LevelDBError.locked(path: path)) { try Database(at: path) }
        #expect(!database.isFenced)
    }

    @Test func `is not made where it was not to be`() throws {
        #expect(throws: LevelDBError.missing(path: path)) {
            try Database(at: path, Options(absence: .fail))
        }
    }

    @Test func `cannot be made below a file`() throws {
        let path = "/dev/null/db"
        let error = #expect(throws: LevelDBError.self) { try Database(at: path) }
        guard case .io(path, _) = error else {
            Issue.record("not an I/O error of \(path): \(String(describing: error))")
            return
        }
    }

    @Test func `is gone after it was destroyed`() throws {
        do { try Database(at: path).put([1], for: [7], .synced) }
        try Database.destroy(at: path)
        #expect(throws: LevelDBError.missing(path: path)) {
            try Database(at: path, Options(absence: .fail))
        }
    }

    @Test func `cannot be destroyed while it is open`() throws {
        let database = try Database(at: path)
        #expect(throws: LevelDBError.locked(path: path)) { try Database.destroy(at: path) }
        #expect(!database.isFenced)
    }

    @Test func `shows a snapshot as it was`() throws {
        let database = try Database(at: path)
        try database.put([1], for: [7], .unsynced)
        let snapshot = database.snapshot()
        try database.put([2], for: [7], .unsynced)
        #expect(try database.get([7], in: snapshot) == [1])
        #expect(try database.get([7]) == [2])
    }

    @Test func `says about how large a range is`() throws {
        let database = try Database(at: path, Options(writeBufferByteCount: 1 << 16))
        for key in UInt8.min...199 {
            // Bytes that do not compress: a multiplicative sequence.
            var state = UInt32(key) &* 2_654_435_761 | 1
            let value = (0..<4096).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(state >> 24)
            }
            try database.put(value, for: [key], .unsynced)
        }
        #expect(database.approximateByteCount(from: [0], to: [100]) > 100_000)
        #expect(database.approximateByteCount(from: [250], to: [255]) < 100_000)
    }
}
