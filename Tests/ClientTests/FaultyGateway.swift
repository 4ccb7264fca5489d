import Actors
import Distributed
import Protocols
import Synchronization

/// A gateway that hands requests on to another one, and goes wrong as it is told.
distributed actor FaultyGateway: GatewayService {
    typealias ActorSystem = ClusterActorSystem

    private let backend: $GatewayService<ClusterActorSystem>
    private let faults: Faults

    init(
        before backend: $GatewayService<ClusterActorSystem>, faults: Faults,
        actorSystem: ActorSystem
    ) {
        self.backend = backend
        self.faults = faults
        self.actorSystem = actorSystem
    }

    /// What goes wrong with one request.
    enum Fault: Sendable, Equatable {
        /// It is carried out, and nobody learns of it.
        case lostAnswer
        /// It is refused with this error before anything is done.
        case refused(ServiceError)
        /// It is carried out, and answered when the client has long given up.
        case silence
    }

    /// The operations that can go wrong.
    enum Operation: Hashable, Sendable { case openSession, upsert, delete, search, scroll, create }

    /// What is to go wrong, and what has come.
    final class Faults: Sendable {
        private struct State {
            var planned: [Operation: [Fault]] = [:]
            var counts: [Operation: Int] = [:]
            var names: [WriteName?] = []
        }

        private let state = Mutex(State())

        /// The next requests of this kind go wrong so, the others well.
        func plan(_ operation: Operation, _ faults: Fault...) {
            state.withLock { $0.planned[operation, default: []] += faults }
        }

        /// How many requests of this kind have come.
        func count(_ operation: Operation) -> Int {
            state.withLock { $0.counts[operation, default: 0] }
        }

        /// The names of the writes that have come, in their order.
        var names: [WriteName?] { state.withLock { $0.names } }

        fileprivate func next(_ operation: Operation, _ name: WriteName? = nil) -> Fault? {
            state.withLock { state in
                state.counts[operation, default: 0] += 1
                if operation == .upsert || operation == .delete { state.names.append(name) }
                guard state.planned[operation]?.isEmpty == false else { return nil }
                return state.planned[operation]?.removeFirst()
            }
        }
    }

    private nonisolated static func carryOut<Value: Sendable>(
        _ fault: Fault?, _ body: () async throws -> Value
    ) async throws -> Value {
        switch fault {
        case nil: return try await body()
        case .refused(let error): throw error
        case .lostAnswer:
            _ = try await body()
            throw ServiceError(.unknownOutcome, "the answer was lost")
        case .silence:
            _ = try await body()
            // Until the deadline of the call cancels it, or the client.
            try await Task.sleep(for: .seconds(600))
            throw ServiceError(.internal, "nobody has given up")
        }
    }

    distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        let backend = backend
        return try await Self.carryOut(faults.next(.create)) {
            try await backend.createCollection(configuration)
        }
    }

    distributed func deleteCollection(_ name: String) async throws {
        try await backend.deleteCollection(name)
    }

    distributed func listCollections() async throws -> [CollectionDescription] {
        try await backend.listCollections()
    }

    distributed func collectionNames() async throws -> [String] {
        try await backend.collectionNames()
    }

    distributed func describeCollection(_ name: String) async throws -> CollectionDescription {
        try await backend.describeCollection(name)
    }

    distributed func upsert(_ request: UpsertRequest) async throws -> Int {
        let backend = backend
        return try await Self.carryOut(faults.next(.upsert, request.name)) {
            try await backend.upsert(request)
        }
    }

    distributed func get(_ request: GetRequest) async throws -> [Point] {
        try await backend.get(request)
    }

    distributed func delete(_ request: DeleteRequest) async throws -> Int {
        let backend = backend
        return try await Self.carryOut(faults.next(.delete, request.name)) {
            try await backend.delete(request)
        }
    }

    distributed func openSession(_ collection: String) async throws -> CollectionSession {
        let backend = backend
        return try await Self.carryOut(faults.next(.openSession)) {
            try await backend.openSession(collection)
        }
    }

    distributed func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        let backend = backend
        return try await Self.carryOut(faults.next(.search)) { try await backend.search(request) }
    }

    distributed func searchBatch(_ request: SearchBatchRequest) async throws -> [[ScoredPoint]] {
        try await backend.searchBatch(request)
    }

    distributed func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        let backend = backend
        return try await Self.carryOut(faults.next(.scroll)) { try await backend.scroll(request) }
    }

    distributed func count(_ request: CountRequest) async throws -> Int {
        try await backend.count(request)
    }

    distributed func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall] {
        try await backend.measureRecall(request)
    }

    distributed func status() async throws -> ClusterStatus { try await backend.status() }
}
