import Fixtures
import Foundation
import Storage
import Testing

@Suite struct `A data directory` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("data") }
    private let identity = NodeIdentity(cluster: "blue", node: "worker-1")

    init() throws { directory = try TemporaryDirectory() }

    @Test func `is made where there is nothing, and claimed again later`() throws {
        do { _ = try DataDirectory(at: path, for: identity) }
        let claimed = try DataDirectory(at: path, for: identity)
        #expect(try claimed.storedShards() == [])
        #expect(claimed.shardPath(7) == path + "/shards/7")
    }

    @Test func `says in its identity whose it is`() throws {
        let store = try DataDirectory(at: path, for: identity).store
        let text = try String(contentsOfFile: path + "/identity.json", encoding: .utf8)
        #expect(
            text == """
                {
                  "cluster" : "blue",
                  "format" : 1,
                  "node" : "worker-1",
                  "store" : \(store)
                }
                """)
    }

    @Test func `keeps the number that it was given when it was made`() throws {
        let store = try DataDirectory(at: path, for: identity).store
        #expect(store > 0)
        #expect(try DataDirectory(at: path, for: identity).store == store)
        let other = try DataDirectory(at: directory.appending("other"), for: identity)
        #expect(other.store != store)
    }

    @Test func `of a time without numbers is given one`() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data(#"{"format": 1, "cluster": "blue", "node": "worker-1"}"#.utf8)
            .write(to: URL(fileURLWithPath: path + "/identity.json"))
        let store = try DataDirectory(at: path, for: identity).store
        #expect(store > 0)
        #expect(try DataDirectory(at: path, for: identity).store == store)
    }

    @Test func `is claimed once at a time`() throws {
        let claimed = try DataDirectory(at: path, for: identity)
        #expect(throws: StorageError.locked(path: path)) {
            try DataDirectory(at: path, for: identity)
        }
        #expect(claimed.path == path)
    }

    @Test func `of another cluster is refused and left as it is`() throws {
        do { _ = try DataDirectory(at: path, for: identity) }
        let before = try Data(contentsOf: URL(fileURLWithPath: path + "/identity.json"))
        #expect(throws: StorageError.otherCluster(path: path, expected: "red", found: "blue")) {
            try DataDirectory(at: path, for: NodeIdentity(cluster: "red", node: "worker-1"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/identity.json")) == before)
    }

    @Test func `of another node is refused`() throws {
        do { _ = try DataDirectory(at: path, for: identity) }
        #expect(
            throws: StorageError.otherNode(path: path, expected: "worker-2", found: "worker-1")
        ) {
            try DataDirectory(at: path, for: NodeIdentity(cluster: "blue", node: "worker-2"))
        }
    }

    @Test func `of a newer format is refused`() throws {
        do { _ = try DataDirectory(at: path, for: identity) }
        try #"{"cluster":"blue","node":"worker-1","format":2}"#.write(
            toFile: path + "/identity.json", atomically: true, encoding: .utf8)
        #expect(throws: StorageError.newerFormat(path: path, supported: 1, found: 2)) {
            try DataDirectory(at: path, for: identity)
        }
    }

    @Test func `with a damaged identity is refused`() throws {
        do { _ = try DataDirectory(at: path, for: identity) }
        try "{".write(toFile: path + "/identity.json", atomically: true, encoding: .utf8)
        let error = #expect(throws: StorageError.self) {
            try DataDirectory(at: path, for: identity)
        }
        guard case .corrupted(path + "/identity.json", _, _) = error else {
            Issue.record("not corrupted: \(String(describing: error))")
            return
        }
    }

    @Test func `with foreign files is refused, and nothing is added to it`() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try "mine".write(toFile: path + "/notes.txt", atomically: true, encoding: .utf8)
        #expect(throws: StorageError.foreign(path: path)) {
            try DataDirectory(at: path, for: identity)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["notes.txt"])
    }

    @Test func `whose first claim was cut short is claimed again`() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in ["LOCK", "identity.json.new"] {
            try "".write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
        }
        _ = try DataDirectory(at: path, for: identity)
    }

    @Test(arguments: ["/dev/null/data", "/proc/data"])
    func `that cannot be made is refused with the reason`(path: String) throws {
        let error = #expect(throws: StorageError.self) {
            try DataDirectory(at: path, for: identity)
        }
        guard case .unwritable(path, _) = error else {
            Issue.record("not unwritable: \(String(describing: error))")
            return
        }
    }
}
