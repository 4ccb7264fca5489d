import Fixtures
import Foundation
import LevelDB
import Testing

@Suite struct `A damaged database` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("db") }

    init() throws { directory = try TemporaryDirectory() }

    /// Puts a hundred keys and changes the bytes of the log in which they are.
    private func damageLog(_ damage: (inout Data) -> Void) throws {
        do {
            let database = try Database(at: path)
            for key: UInt8 in 0..<100 { try database.put([key], for: [key], .unsynced) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        let name = try #require(names.first { $0.hasSuffix(".log") })
        let log = URL(fileURLWithPath: path + "/" + name)
        var bytes = try Data(contentsOf: log)
        damage(&bytes)
        try bytes.write(to: log)
    }

    @Test func `opens with all that was whole when its log ends within a record`() throws {
        try damageLog { $0.removeLast(3) }
        let database = try Database(at: path)
        for key: UInt8 in 0..<99 { #expect(try database.get([key]) == [key]) }
        #expect(try database.get([99]) == nil)
    }

    @Test func `does not open when its log is damaged within`() throws {
        try damageLog { $0[$0.count / 2] ^= 0xFF }
        let error = #expect(throws: LevelDBError.self) { try Database(at: path) }
        guard case .corrupted(path, _) = error else {
            Issue.record("not corrupted: \(String(describing: error))")
            return
        }
    }
}
