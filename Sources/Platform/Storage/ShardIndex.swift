internal import HNSW
package import Protocols
import Synchronization
internal import Vectors

/// The memory of one shard: the HNSW graph over its rows, and which point each row holds.
///
/// Derived from a ``ShardStore`` and never trusted before it: what cannot be restored is built anew
/// from the stored vectors.
///
/// Thread safety: one writer (`apply`, `checkpoint`), any number of readers, which do not wait for
/// the writer unless it has replaced what they found several times.
///
/// Invariant: row `r` of the graph is row `r` of the store; therefore the graph never uses a row again.
package final class ShardIndex: Sendable {
    let graph: HNSWIndex
    let rows: RowTable
    /// The checkpoint that this graph was restored from, or has written last: what changed since
    /// then is all that the next one writes.
    let manifest: Mutex<GraphManifest?>
    /// Rows of replaced points that a search may still need: one that began before the new row was
    /// linked finds the point by its old row, and then begins anew.
    private let retired = Mutex<[(row: UInt32, epoch: UInt64)]>([])

    /// Held for each change, and by a search that was overtaken too often.
    private let changing = Mutex(())

    /// The most rows of one shard, those of replaced and deleted points included.
    package static let capacity = HNSWIndex.defaultCapacity

    /// How graphs are built.
    static let parameters = HNSWParameters(removedRows: .kept)

    /// Who searches: in the same epochs as the searches of the graph.
    private var readers: ReadEpochs { graph.readers }

    init(graph: HNSWIndex, rows: RowTable, manifest: GraphManifest?) {
        self.graph = graph
        self.rows = rows
        self.manifest = Mutex(manifest)
    }

    /// How many points can be found.
    package var pointCount: Int { rows.count }
}

// MARK: - Writing

extension ShardIndex {
    /// Makes changes that the store has searchable, in order.
    ///
    /// The writer's call: one at a time.
    /// A replaced point is found in its old form until the new one is linked.
    package func apply(_ changes: ShardChanges) throws(StorageError) {
        for change in changes.changes {
            try changing.withLock { _ throws(StorageError) in try apply(change) }
        }
    }

    private func apply(_ change: ShardChanges.Change) throws(StorageError) {
        switch change {
        case .insert(let point, let row, _, let replaced):
            try insert(point.vector, row: row)
            rows.set(point.id, row: row, replaced: replaced)
            if let replaced { retire(replaced) }
        case .remove(_, let row):
            rows.remove(row: row)
            graph.remove(row)
        }
    }

    private func retire(_ row: UInt32) {
        let epoch = readers.current
        retired.withLock { $0.append((row, epoch)) }
        reclaim()
    }

    /// Tombstones the retired rows that no search needs any more.
    private func reclaim() {
        let epoch = readers.advance()
        let free = retired.withLock { retired in
            let free = retired.prefix { $0.epoch + 2 <= epoch }
            retired.removeFirst(free.count)
            return free
        }
        for (row, _) in free { graph.remove(row) }
    }

    func insert(_ vector: [Float], row: UInt32) throws(StorageError) {
        do {
            let given = try graph.insert(vector)
            precondition(given == row, "the graph gave row \(given) to row \(row) of the store")
        } catch {
            throw .outOfMemory(what: "the graph", reason: String(describing: error))
        }
    }
}

// MARK: - Searching

extension ShardIndex {
    /// A point that a search found.
    package struct Match: Sendable, Hashable {
        /// The point.
        package var id: PointID
        /// The row that was compared.
        package var row: UInt32
        /// Its score under the collection's metric.
        package var score: Float
    }

    /// How many candidates a walk keeps unless told otherwise.
    package static let defaultEfSearch = 128

    /// How often a search runs beside the writer before it keeps the writer waiting.
    private static let maxAttemptCount = 4

    /// The nearest points, nearest first.
    ///
    /// Sees every change whose `apply` had returned before. A row that was found and then replaced
    /// is not returned; the search runs again instead, so that the point is found in its new form.
    ///
    /// - Parameter query: A vector that passed `Metric.prepared`; the limit is 1 or more.
    package func search(_ query: SearchQuery) -> [Match] {
        readers.read {
            for _ in 0..<Self.maxAttemptCount {
                let (matches, isComplete) = attempt(query)
                if isComplete { return matches }
            }
            return changing.withLock { _ in attempt(query).matches }
        }
    }

    /// One search.
    ///
    /// - Returns: What was found, and whether no point was replaced under way: however many were
    ///   found, such a point may be nearer, in a row that the walk did not see.
    private func attempt(_ query: SearchQuery) -> (matches: [Match], isComplete: Bool) {
        // Retired rows take places among the nearest until they are tombstones.
        let gone = retired.withLock { $0.map(\.row) }
        let neighbors = neighbors(of: query, limit: query.limit + gone.count)
        let ids = rows.ids(ofRows: neighbors.lazy.map(\.row))
        let isComplete = zip(neighbors, ids).allSatisfy { $1 != nil || gone.contains($0.row) }
        return (Array(resolve(neighbors, ids).prefix(query.limit)), isComplete)
    }

    private func neighbors(of query: SearchQuery, limit: Int) -> [Neighbor] {
        switch query.mode {
        case .exact:
            graph.exactSearch(query.vector, limit: limit)
        case .approximate:
            graph.search(
                query.vector, limit: limit, efSearch: query.efSearch ?? Self.defaultEfSearch)
        }
    }

    private func resolve(_ neighbors: [Neighbor], _ ids: [PointID?]) -> [Match] {
        zip(neighbors, ids).compactMap { neighbor, id in
            id.map {
                Match(
                    id: $0, row: neighbor.row,
                    score: graph.metric.score(fromDistance: neighbor.distance))
            }
        }
    }

    /// The vector of a row that was found.
    package func vector(ofRow row: UInt32) -> [Float] { graph.vector(at: row) }
}
