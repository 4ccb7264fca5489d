import Fixtures
import Primitives
import Raft
import Storage
import Testing

@Suite struct `A catalog store` {
    private let directory: TemporaryDirectory
    private var path: String { directory.appending("catalog") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func `begins empty`() throws {
        #expect(try CatalogStore(at: path).load() == nil)
    }

    @Test func `has what was saved last after it is opened again`() throws {
        do {
            let store = try CatalogStore(at: path)
            try store.save(
                .init(
                    applied: LogBase(
                        index: 1, term: 2, configuration: Configuration(voters: [1, 2, 3])),
                    catalog: [1, 2]))
            try store.save(
                .init(
                    applied: LogBase(
                        index: 2, term: 2, configuration: Configuration(voters: [1, 2, 3])),
                    catalog: []))
        }
        #expect(
            try CatalogStore(at: path).load()
                == .init(
                    applied: LogBase(
                        index: 2, term: 2, configuration: Configuration(voters: [1, 2, 3])),
                    catalog: []))
    }

    @Test func `is open once only`() throws {
        let store = try CatalogStore(at: path)
        #expect(throws: StorageError.locked(path: path)) { try CatalogStore(at: path) }
        #expect(store.path == path)
    }
}
