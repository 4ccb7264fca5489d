import Synchronization
import Vectors

/// How a walk under a filter goes on where neighbours fail it.
///
/// *Source*: Patel and others 2024, *ACORN: Performant and Predicate-Agnostic Search Over Vector
/// Embeddings and Structured Data*, ACORN-1 (no links are added to the graph for it).
enum FilteredGather {
    /// Neighbours of neighbours are looked at until so many rows of a step are to be scored.
    ///
    /// About what an unfiltered step scores. Fewer lose recall at an ef, more are slower; at equal recall 12 to 48
    /// differ by little.
    static let hopTarget = 24
}

extension Walk {
    /// Collects the neighbours of a node that pass, and where they are few, those of the
    /// neighbours that fail; returns how many.
    ///
    /// A row that fails is not scored: its list is read, once, while fewer than
    /// `FilteredGather.hopTarget` rows have been collected. A row that fails but heads a chain of
    /// duplicates is scored and walked through, since one of its chain may pass.
    ///
    /// Bounds: a list has at most 2M = 256 slots, the room of `scratch.batch` and
    /// `scratch.failed`.
    @inline(__always)
    func gatherPassing(_ row: UInt32, layer: Int, _ visited: inout VisitedSet) -> Int {
        let list = graph.links(of: row, onLayer: layer)
        let (batch, failed) = (scratch.batch, scratch.failed)
        var count = 0
        var failedCount = 0
        for slot in 0..<graph.slotCount(onLayer: layer) {
            let link = list[slot].load(ordering: .acquiring)
            if link >= rowCount {
                if link == Graph.noLink { break }
                continue
            }
            if visited.contains(link) { continue }
            if isScored(link) {
                _ = visited.insert(link)
                scorer.prepare(link)
                batch[count] = link
                count &+= 1
            } else {
                graph.prefetchLinks(of: link, onLayer: layer)
                failed[failedCount] = link
                failedCount &+= 1
            }
        }
        var index = 0
        while index < failedCount, count < FilteredGather.hopTarget {
            if visited.insert(failed[index]) {
                gatherBehind(failed[index], layer: layer, &count, &visited)
            }
            index &+= 1
        }
        return count
    }

    /// Adds the neighbours of a row that fails.
    @inline(__always)
    private func gatherBehind(
        _ row: UInt32, layer: Int, _ count: inout Int, _ visited: inout VisitedSet
    ) {
        let list = graph.links(of: row, onLayer: layer)
        for slot in 0..<graph.slotCount(onLayer: layer) where count < Scratch.batchCapacity {
            let link = list[slot].load(ordering: .acquiring)
            if link >= rowCount {
                if link == Graph.noLink { return }
                continue
            }
            if visited.contains(link) || !isScored(link) { continue }
            _ = visited.insert(link)
            scorer.prepare(link)
            scratch.batch[count] = link
            count &+= 1
        }
    }

    /// Whether a row can lead to a result by itself.
    @inline(__always)
    private func isScored(_ row: UInt32) -> Bool {
        acceptance.accepts(row)
            || graph.duplicates[Int(row)].load(ordering: .acquiring) != Graph.noLink
    }
}
