import Foundation
import HNSW
import Vectors

/// One width of a search, measured: what it finds and how fast.
struct Point {
    let efSearch: Int
    let recall: Double
    let queriesPerSecond: Double
    /// Per second of the processor: what a machine that is busy otherwise changes little.
    let queriesPerProcessorSecond: Double
}

/// Builds an index, and searches it on one thread.
struct Measurement {
    let dataset: Dataset
    let options: Options
    /// Judges plain searches.
    let judge: Judge

    init(dataset: Dataset, options: Options) {
        self.dataset = dataset
        self.options = options
        judge = Judge(dataset: dataset, truth: dataset.truth)
    }

    func build() throws -> HNSWIndex { try build(threads: options.threads[0]) }

    /// Builds the index by batches, or by single inserts if there are no threads for batches.
    func build(threads: Int) throws -> HNSWIndex {
        let index = try HNSWIndex(
            dimension: dataset.dimension, metric: dataset.metric,
            element: options.element, parameters: options.parameters)
        if threads == 0 {
            for vector in dataset.vectors { try index.insert(vector) }
        } else {
            try index.insert(dataset.vectors, threads: threads)
        }
        return index
    }

    /// One point per width of plain searches, one query at a time.
    func points(_ index: HNSWIndex) -> [Point] {
        points(judge) { ef in
            dataset.queries.map { index.search($0, limit: Judge.limit, efSearch: ef) }
        }
    }

    /// One point per width; the best of several passes, taken in turns so that a busy moment of
    /// the machine does not fall on one width alone.
    ///
    /// - Parameter search: Finds the neighbours of all queries with a width.
    func points(_ judge: Judge, _ search: (_ efSearch: Int) -> [[Neighbor]]) -> [Point] {
        let never = Elapsed(wall: .infinity, processor: .infinity)
        var best = [Elapsed](repeating: never, count: options.efSearch.count)
        var recalls = [Double](repeating: 0, count: options.efSearch.count)
        for _ in 0..<options.passes {
            for (position, ef) in options.efSearch.enumerated() {
                let stopwatch = Stopwatch()
                let found = search(ef)
                best[position] = best[position].least(stopwatch.elapsed)
                recalls[position] = judge.recall(found.map { $0.map { Int($0.row) } })
            }
        }
        return options.efSearch.indices.map {
            Point(
                efSearch: options.efSearch[$0], recall: recalls[$0],
                queriesPerSecond: Double(dataset.queries.count) / best[$0].wall,
                queriesPerProcessorSecond: Double(dataset.queries.count) / best[$0].processor)
        }
    }
}

extension [Point] {
    /// The queries per second at a recall, log-linear between the measured points on either side;
    /// nil if no point reaches it, the first point's if all do.
    func queriesPerSecond(atRecall recall: Double) -> Double? {
        let rising = sorted { $0.efSearch < $1.efSearch }
        guard let after = rising.firstIndex(where: { $0.recall >= recall }) else { return nil }
        if after == 0 { return rising[0].queriesPerSecond }
        let (low, high) = (rising[after - 1], rising[after])
        let share = (recall - low.recall) / (high.recall - low.recall)
        return exp(
            log(low.queriesPerSecond)
                + share * (log(high.queriesPerSecond) - log(low.queriesPerSecond)))
    }
}
