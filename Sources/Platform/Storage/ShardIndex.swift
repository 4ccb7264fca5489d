internal import HNSW
package import Protocols
import Synchronization
internal import Vectors

/// The memory of one shard: the HNSW graph over its rows, and which point each row holds.
///
/// Derived from a ``ShardStore`` and never trusted before it: what cannot be restored is built anew
/// from the stored vectors.
///
/// Thread safety: one writer (`apply`, `checkpoint`), any number of readers, which never wait for
/// the writer.
///
/// Invariant: row `r` of the graph is row `r` of the store.
package final class ShardIndex: Sendable {
    let graph: HNSWIndex
    let rows: RowTable
    /// The checkpoint that this graph was restored from, or has written last: what changed since
    /// then is all that the next one writes.
    let manifest: Mutex<GraphManifest?>

    /// The most rows of one shard, those of replaced and deleted points included.
    package static let capacity = HNSWIndex.defaultCapacity

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
            switch change {
            case .insert(let point, let row, let replaced):
                try insert(point.vector, row: row)
                rows.set(point.id, row: row, replaced: replaced)
                if let replaced { graph.remove(replaced) }
            case .remove(_, let row):
                rows.remove(row: row)
                graph.remove(row)
            }
        }
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

    /// How often a search begins anew because points were replaced while it ran.
    private static let maxAttemptCount = 4

    /// The nearest points, nearest first.
    ///
    /// Sees every change whose `apply` had returned before. A row that was found and then replaced
    /// is not returned; the search runs again instead, so that the point is found in its new form.
    ///
    /// - Parameter query: A vector that passed `Metric.prepared`; the limit is 1 or more.
    package func search(_ query: SearchQuery) -> [Match] {
        var matches: [Match] = []
        for _ in 0..<Self.maxAttemptCount {
            let neighbors = neighbors(of: query)
            matches = resolve(neighbors)
            if matches.count == neighbors.count { break }
        }
        return matches
    }

    private func neighbors(of query: SearchQuery) -> [Neighbor] {
        switch query.mode {
        case .exact:
            graph.exactSearch(query.vector, limit: query.limit)
        case .approximate:
            graph.search(
                query.vector, limit: query.limit,
                efSearch: query.efSearch ?? Self.defaultEfSearch)
        }
    }

    private func resolve(_ neighbors: [Neighbor]) -> [Match] {
        zip(neighbors, rows.ids(ofRows: neighbors.lazy.map(\.row))).compactMap { neighbor, id in
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
