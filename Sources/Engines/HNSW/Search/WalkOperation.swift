import Synchronization
import Vectors

/// The scorer of searches: the distances that walks see.
typealias QueryScorer = StoredScorer

/// What is done with the walk of one query, for every kind of acceptance.
///
/// A closure cannot be generic; this is one, so that each operation is specialised for each way to
/// accept rows and no call through a table happens in a loop.
protocol WalkOperation {
    associatedtype Output

    /// Whether the walk may compare codes; its results are then confirmed by vectors.
    static var comparesCodes: Bool { get }

    func run<Acceptance: RowAcceptance>(
        _ walk: Walk<QueryScorer, Acceptance>, from entry: EntryPoint
    ) -> Output
}

/// What a search sees of the index: read once, so that all its parts agree.
struct IndexView {
    let entry: EntryPoint
    let rowCount: Int
    /// Whether all rows are live: no tombstones, no free slots.
    let isWhole: Bool
}

extension HNSWIndex {
    /// The rows published now; nil if there are none.
    var view: IndexView? {
        // The live rows before the entry point: if all are live, nothing that is reached from an
        // entry point read later was removed before. The row count last: it includes the entry
        // point.
        let liveCount = self.liveCount
        let packed = entryPoint.load(ordering: .acquiring)
        guard let entry = EntryPoint(packed: packed) else { return nil }
        let rowCount = self.rowCount
        return IndexView(entry: entry, rowCount: rowCount, isWhole: liveCount == rowCount)
    }

    /// Runs an operation with a walk over the rows published now.
    ///
    /// - Returns: nil if there is no row, or the filter is an empty set.
    func perform<Operation: WalkOperation>(
        _ operation: Operation, query: UnsafeBufferPointer<Float>, where filter: RowFilter
    ) -> Operation.Output? {
        checkDimension(query.count)
        return pinningRows {
            guard let view else { return nil }
            return scratches.withScratch { scratch in
                scratch.load(query)
                scratch.prepare(filter, rowCount: view.rowCount)
                return perform(operation, where: filter, view, scratch)
            }
        }
    }

    /// Runs an operation on a scratch that holds the query, and the memo of the filter.
    func perform<Operation: WalkOperation>(
        _ operation: Operation, where filter: RowFilter, _ view: IndexView,
        _ scratch: SearchScratch
    ) -> Operation.Output? {
        switch filter {
        case .every:
            if view.isWhole {
                return run(operation, accepting: EveryRow(), view, scratch)
            }
            return run(operation, accepting: LiveRows(graph: graph), view, scratch)
        case .rows(let bitmap):
            return bitmap.words.withUnsafeBufferPointer { words in
                guard let first = words.baseAddress, !words.isEmpty else { return nil }
                let acceptance = LiveRowsOfBitmap(
                    graph: graph, words: first, wordCount: words.count, count: bitmap.count)
                return run(operation, accepting: acceptance, view, scratch)
            }
        case .passing(let predicate):
            let acceptance = LiveRowsPassing(
                graph: graph, memo: scratch.memory.memo, predicate: predicate)
            return run(operation, accepting: acceptance, view, scratch)
        }
    }

    @inline(__always)
    private func run<Operation: WalkOperation>(
        _ operation: Operation, accepting acceptance: some RowAcceptance, _ view: IndexView,
        _ scratch: SearchScratch
    ) -> Operation.Output {
        let walk = Walk(
            graph: graph,
            scorer: Operation.comparesCodes ? scratch.scorer() : scratch.exactScorer(),
            acceptance: acceptance, rowCount: UInt32(view.rowCount), duplicates: .followed,
            scratch: scratch.memory)
        return operation.run(walk, from: view.entry)
    }

    func checkDimension(_ count: Int) {
        precondition(count == dimension, "a query of \(count) components, not \(dimension)")
    }
}

extension Walk where Scorer == StoredScorer {
    /// The same walk over vectors, whatever this one compares.
    var exact: Self {
        Walk(
            graph: graph, scorer: StoredScorer(exact: scorer.exact, codes: nil),
            acceptance: acceptance, rowCount: rowCount, duplicates: duplicates, scratch: scratch)
    }
}
