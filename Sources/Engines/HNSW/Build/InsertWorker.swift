import Synchronization
import Vectors

/// What one thread of a batch insertion needs to find and choose links: memory of its own.
///
/// Thread safety: one thread at a time. It reads the graph and changes nothing of it.
final class InsertWorker: @unchecked Sendable {
    // Sendable: handed to one member of a team at a time.

    private let index: HNSWIndex
    private let scratch: SearchScratch
    /// A row that stands for a query.
    private let rowQuery: RowQuery
    private let selection: NeighborSelection
    /// Where the walk of the next layer begins, or the candidates of a list.
    private var keys: [CandidateKey] = []

    init(of index: HNSWIndex) {
        self.index = index
        let space = index.space
        scratch = SearchScratch(space: space)
        rowQuery = RowQuery(space: space)
        selection = NeighborSelection(space: space, parameters: index.parameters)
    }

    /// Writes a vector as a row that nobody knows, and its code if there is a store for it.
    ///
    /// There is room for both.
    func write(_ vector: UnsafeBufferPointer<Float>, as row: Row, _ codes: CodeStore?) {
        index.store.fill(Int(row), with: vector)
        if let codes, let buffer = rowQuery.codes {
            // What is coded is the vector as it is stored.
            scratch.load(row: row)
            codes.write(scratch.memory.query, as: Int(row), using: buffer)
        }
    }

    /// Algorithm 1 as far as it reads: finds what is nearest to a row in the graph on each of its
    /// layers, and chooses its links.
    ///
    /// - Parameter lists: Of each layer from 0 to `top`, the list from `first` on.
    func chooseLinks(
        of row: Row, from entry: EntryPoint, downFrom top: Int, into lists: ChosenLists,
        first: Int
    ) {
        scratch.load(row: row)
        let scorer = scratch.scorer()
        let walk = Walk(
            graph: index.graph, scorer: scorer, acceptance: Carriers(graph: index.graph),
            rowCount: UInt32(index.rowCount), duplicates: .skipped, scratch: scratch.memory)
        keys.removeAll(keepingCapacity: true)
        keys.append(walk.descend(from: entry, toLayer: top))
        for layer in stride(from: top, through: 0, by: -1) {
            let found = keys.withUnsafeBufferPointer {
                walk.nearestKeys(from: $0, ef: index.parameters.efConstruction, layer: layer)
            }
            keys.removeAll(keepingCapacity: true)
            keys.append(contentsOf: found)
            if keys.isEmpty {
                // Dead nodes alone are near. The entry point leads to live rows.
                keys.append(
                    CandidateKey(distance: scorer.distance(of: entry.row), row: entry.row))
            }
            let count = keys.withUnsafeBufferPointer {
                selection.select(from: $0, limit: index.parameters.maxLinks)
            }
            lists.set(first + layer, to: selection.selected, count: count)
        }
    }

    /// Chooses the links of a node anew, among those that it has and those of a round that link to it.
    func chooseAnew(
        of row: Row, onLayer layer: Int, among new: some Collection<Row>, into lists: ChosenLists,
        _ list: Int
    ) {
        let links = index.graph.links(of: row, onLayer: layer)
        let slotCount = index.graph.slotCount(onLayer: layer)
        let scorer = index.space.scorer(ofRow: row, using: rowQuery)
        keys.removeAll(keepingCapacity: true)
        var count = 0
        for slot in 0..<slotCount {
            let link = links[slot].load(ordering: .relaxed)
            if link == Graph.noLink { break }
            scratch.memory.batch[count] = link
            count += 1
        }
        // A list has at most as many slots as a batch has room.
        for row in new {
            if count == Scratch.batchCapacity {
                appendScored(count, scorer)
                count = 0
            }
            scratch.memory.batch[count] = row
            count += 1
        }
        appendScored(count, scorer)
        keys.sort()
        let chosenCount = keys.withUnsafeBufferPointer {
            selection.select(from: $0, limit: slotCount)
        }
        lists.set(list, to: selection.selected, count: chosenCount)
    }

    /// Appends the rows of the batch to the keys.
    private func appendScored(_ count: Int, _ scorer: StoredScorer) {
        let (batch, distances) = (scratch.memory.batch, scratch.memory.distances)
        scorer.score(batch, count: count, below: .infinity, into: distances)
        for index in 0..<count {
            keys.append(CandidateKey(distance: distances[index], row: batch[index]))
        }
    }
}
