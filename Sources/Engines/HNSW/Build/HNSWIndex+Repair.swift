import Synchronization

extension HNSWIndex {
    /// The most candidates of one repair: the links of some forty lost neighbours.
    static let repairCandidateLimit = 1024

    /// Replaces the condemned rows in one list; false if there were none.
    ///
    /// A head that a duplicate has replaced is replaced by it, in place: the distance is the same.
    /// For the others the list is chosen anew, among those of its links that are live and the links
    /// of those that are not.
    func repairLinks(of row: Row, onLayer layer: Int, _ writer: inout IndexWriter) -> Bool {
        let links = graph.neighbors(of: row, onLayer: layer)
        guard links.contains(where: { graph.state(of: $0) == .condemned }) else { return false }
        var kept: [Row] = []
        var hasLost = false
        for link in links {
            switch graph.state(of: link) {
            case .live, .tombstone:
                if !kept.contains(link) { kept.append(link) }
            case .condemned, .free:
                let heir = graph.heir(of: link)
                if graph.state(of: heir) == .condemned {
                    hasLost = true
                } else if !kept.contains(heir), heir != row {
                    kept.append(heir)
                }
            }
        }
        if !hasLost {
            replaceLinks(of: row, onLayer: layer, by: kept, count: kept.count, &writer)
            return true
        }
        kept.removeAll { !graph.isCarrier($0) }
        var candidates: [Row] = []
        let visited = writer.scratch.memory.visited
        visited.pointee.reset(rowCount: rowCount)
        _ = visited.pointee.insert(row)
        for link in kept { _ = visited.pointee.insert(link) }
        for link in links where !graph.isCarrier(link) {
            for second in graph.neighbors(of: link, onLayer: layer) {
                guard candidates.count < Self.repairCandidateLimit else { break }
                if graph.isCarrier(second), visited.pointee.insert(second) {
                    candidates.append(second)
                }
            }
        }
        let wanted = min(links.count, parameters.maxLinks)
        if graph.isCarrier(row),
            isIsolated(kept.count + candidates.count, wanted: wanted, onLayer: layer, writer),
            let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)),
            entry.level >= layer
        {
            connect(row, onLayer: layer, from: entry, &writer)
        } else {
            fill(row, onLayer: layer, kept, links.count, among: candidates, &writer)
        }
        return true
    }

    /// Whether a node has so few candidates that a walk must find more: fewer than half of what it
    /// had, and there are more on the layer.
    func isIsolated(
        _ candidateCount: Int, wanted: Int, onLayer layer: Int, _ writer: IndexWriter
    ) -> Bool {
        let othersCount = writer.carrierCounts[layer...].reduce(-1, +)
        return candidateCount < othersCount && candidateCount <= min(wanted, othersCount) / 2
    }

    /// Fills the gaps in a list with rows of the layer, none twice, the node not among them.
    func fill(
        _ row: Row, onLayer layer: Int, _ kept: [Row], _ limit: Int, among candidates: [Row],
        _ writer: inout IndexWriter
    ) {
        let keys = keys(of: candidates, from: row, writer)
        let count = keys.withUnsafeBufferPointer {
            writer.selection.fill(kept, from: $0, limit: limit)
        }
        replaceLinks(
            of: row, onLayer: layer, by: writer.selection.selected, count: count, &writer)
        linkBack(to: row, onLayer: layer, unless: kept, &writer)
    }

    /// Finds the neighbours of a node on one layer as an insert does, and links both ways.
    func connect(
        _ row: Row, onLayer layer: Int, from entry: EntryPoint, _ writer: inout IndexWriter
    ) {
        forEachLayer(around: row, from: entry, downFrom: entry.level, to: layer, &writer) {
            current, found, writer in
            if current > layer { return }
            choose(for: row, onLayer: layer, from: found, &writer)
        }
    }

    /// Chooses the links of a node anew.
    private func choose(
        for row: Row, onLayer layer: Int, from keys: [CandidateKey], _ writer: inout IndexWriter
    ) {
        let count = keys.withUnsafeBufferPointer {
            writer.selection.select(from: $0, limit: graph.slotCount(onLayer: layer))
        }
        replaceLinks(
            of: row, onLayer: layer, by: writer.selection.selected, count: count, &writer)
        linkBack(to: row, onLayer: layer, unless: [], &writer)
    }

    /// Links to a node from those of its links that are new.
    ///
    /// Without that, a node whose neighbours die one after the other would be reached from nowhere
    /// in the end.
    private func linkBack(
        to row: Row, onLayer layer: Int, unless kept: [Row], _ writer: inout IndexWriter
    ) {
        if !graph.isCarrier(row) { return }
        for neighbor in graph.neighbors(of: row, onLayer: layer)
        where !kept.contains(neighbor)
            && !graph.neighbors(of: neighbor, onLayer: layer).contains(row)
        {
            addLink(from: neighbor, to: row, onLayer: layer, &writer)
        }
    }

    /// The sorted keys of rows, by their distance from one.
    private func keys(of rows: [Row], from row: Row, _ writer: IndexWriter) -> [CandidateKey] {
        let scratch = writer.scratch.memory
        let scorer = space.scorer(ofRow: row, using: writer.rowQuery)
        var keys: [CandidateKey] = []
        keys.reserveCapacity(rows.count)
        var start = 0
        while start < rows.count {
            let count = min(Scratch.batchCapacity, rows.count - start)
            for index in 0..<count { scratch.batch[index] = rows[start + index] }
            scorer.score(scratch.batch, count: count, below: .infinity, into: scratch.distances)
            for index in 0..<count {
                keys.append(
                    CandidateKey(distance: scratch.distances[index], row: scratch.batch[index]))
            }
            start += count
        }
        keys.sort()
        return keys
    }
}
