import Distributed
import Primitives
import Protocols
import Synchronization

/// A gateway that knows one point, and of collections `mine` of tenant 7.
distributed actor FakeGateway: GatewayService {
    typealias ActorSystem = LocalTestingDistributedActorSystem

    /// Whether ``status()`` may answer.
    private let gate: Gate

    init(gate: Gate = Gate(), actorSystem: ActorSystem) {
        self.gate = gate
        self.actorSystem = actorSystem
    }

    distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription {
        CollectionDescription(configuration: configuration, id: 1, pointCount: 0, shards: [])
    }

    distributed func deleteCollection(_ name: String) async throws {}

    distributed func listCollections() async throws -> [CollectionDescription] { [] }

    distributed func collectionNames() async throws -> [String] { [] }

    distributed func describeCollection(_ name: String) async throws -> CollectionDescription {
        throw ServiceError.unknownCollection(name)
    }

    distributed func openSession(_ collection: String) async throws -> CollectionSession {
        CollectionSession(collection: 1, shards: [.init(shard: 2, session: 3)])
    }

    distributed func searchBatch(
        _ request: SearchBatchRequest
    ) async throws -> [[ScoredPoint]] {
        request.batch.vectors.map { _ in [ScoredPoint(id: .number(7), score: 1, payload: [:])] }
    }

    distributed func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        try request.validate()
        return ScrollPage(points: [Point(id: .number(7), vector: [])], next: nil)
    }

    distributed func upsert(_ request: UpsertRequest) async throws -> Int { request.points.count }

    distributed func get(_ request: GetRequest) async throws -> [Point] { [] }

    distributed func delete(_ request: DeleteRequest) async throws -> Int { request.ids.count }

    distributed func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        [ScoredPoint(id: .number(7), score: 1, payload: [:])]
    }

    distributed func count(_ request: CountRequest) async throws -> Int {
        guard request.collection == "7:mine" else {
            throw ServiceError.unknownCollection(request.collection)
        }
        return 1
    }

    distributed func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall] { [] }

    distributed func status() async throws -> ClusterStatus {
        await gate.wait()
        return ClusterStatus(version: "0", map: ClusterMap(epoch: 0), workers: [])
    }

    /// Closed until it is opened, once.
    final class Gate: Sendable {
        private enum State {
            case open
            case closed([CheckedContinuation<Void, Never>])
        }

        private let state = Mutex(State.closed([]))

        func open() {
            let waiters: [CheckedContinuation<Void, Never>] = state.withLock { state in
                defer { state = .open }
                guard case .closed(let waiters) = state else { return [] }
                return waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        func wait() async {
            await withCheckedContinuation { waiter in
                let isOpen = state.withLock { state in
                    guard case .closed(let waiters) = state else { return true }
                    state = .closed(waiters + [waiter])
                    return false
                }
                if isOpen { waiter.resume() }
            }
        }
    }
}
