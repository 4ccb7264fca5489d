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
            replaceLinks(of: row, onLayer: layer, by: kept, count: kept.count)
            return true
        }
        var candidates = kept.filter { graph.isCarrier($0) }
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
        relink(
            row, onLayer: layer, by: candidates, wanted: min(links.count, parameters.maxLinks),
            &writer)
        return true
    }

    /// Chooses the links of a node anew.
    ///
    /// - Parameters:
    ///   - candidates: Rows of the layer, none twice, the node not among them.
    ///   - wanted: If there are fewer candidates, and others on the layer, a walk finds more.
    func relink(
        _ row: Row, onLayer layer: Int, by candidates: [Row], wanted: Int,
        _ writer: inout IndexWriter
    ) {
        let othersCount = writer.carrierCounts[layer...].reduce(-1, +)
        let isIsolated = candidates.count < min(wanted, othersCount) / 2 + 1
        if isIsolated, graph.isCarrier(row),
            let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)),
            entry.level >= layer
        {
            return connect(row, onLayer: layer, from: entry, &writer)
        }
        let keys = keys(of: candidates, from: row, writer.scratch.memory)
        choose(for: row, onLayer: layer, from: keys, &writer)
    }

    /// Finds the neighbours of a node on one layer as an insert does, and links both ways.
    private func connect(
        _ row: Row, onLayer layer: Int, from entry: EntryPoint, _ writer: inout IndexWriter
    ) {
        forEachLayer(around: row, from: entry, downFrom: entry.level, to: layer, &writer) {
            current, found, writer in
            if current > layer { return }
            choose(for: row, onLayer: layer, from: found, &writer)
        }
        for neighbor in graph.neighbors(of: row, onLayer: layer)
        where !graph.neighbors(of: neighbor, onLayer: layer).contains(row) {
            addLink(from: neighbor, to: row, onLayer: layer, &writer)
        }
    }

    private func choose(
        for row: Row, onLayer layer: Int, from keys: [CandidateKey], _ writer: inout IndexWriter
    ) {
        let count = keys.withUnsafeBufferPointer {
            writer.selection.select(from: $0, limit: graph.slotCount(onLayer: layer))
        }
        replaceLinks(of: row, onLayer: layer, by: writer.selection.selected, count: count)
    }

    /// The sorted keys of rows, by their distance from one.
    private func keys(of rows: [Row], from row: Row, _ scratch: Scratch) -> [CandidateKey] {
        let scorer = space.scorer(query: space.row(row))
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
