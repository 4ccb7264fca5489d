import Synchronization
import Vectors

/// A part of an index as an index of its own.
public struct IndexPart: Sendable {
    /// The part; its rows are numbered from 0, without gaps.
    public let index: HNSWIndex
    /// Of each row of the part, the row that it was; ascending.
    public let rows: [Row]
}

extension HNSWIndex {
    /// Two indexes with the live rows of this one: those that satisfy a condition, and the others.
    ///
    /// Writer only; this index does not change. See `part(capacity:where:)`.
    public func split(
        where isFirst: (Row) -> Bool
    ) throws(HNSWError) -> (first: IndexPart, second: IndexPart) {
        (try part(where: isFirst), try part { !isFirst($0) })
    }

    /// An index of some of the live rows of this one.
    ///
    /// Writer only; this index does not change. Nodes keep their levels and those links that stay
    /// within the part. A list that loses some is chosen anew, as if the others had been removed:
    /// far cheaper than inserting the rows, at the same recall.
    ///
    /// - Parameters:
    ///   - capacity: The most rows that the part will hold; as many as this index unless told
    ///     otherwise.
    ///   - isIncluded: Which rows; asked once for each live row, in order.
    /// - Throws: `HNSWError.capacityExhausted` or `.memoryUnavailable`.
    /// - Complexity: O(rowCount · maxLinks²) distances if half of the rows are included.
    public func part(
        capacity: Int? = nil, where isIncluded: (Row) -> Bool
    ) throws(HNSWError) -> IndexPart {
        try withWriter { (writer) throws(HNSWError) in
            let rows = (0..<Row(rowCount)).filter { graph.isLive($0) && isIncluded($0) }
            let plan = PartPlan(of: graph, rowCount: rowCount, rows: rows)
            let part = try HNSWIndex(
                dimension: dimension, metric: metric, element: element, parameters: parameters,
                capacity: capacity ?? self.capacity)
            try part.withWriter { (writer) throws(HNSWError) in
                try part.fill(from: self, plan, &writer)
                part.linkNodes(as: self, plan, &writer)
            }
            return IndexPart(index: part, rows: rows)
        }
    }

    /// Copies the rows of a plan, with their levels and chains, but no links.
    private func fill(
        from source: HNSWIndex, _ plan: PartPlan, _ writer: inout IndexWriter
    ) throws(HNSWError) {
        for (row, old) in plan.rows.enumerated() {
            try source.vector(at: old).withUnsafeBufferPointer { (vector) throws(HNSWError) in
                try write(vector, as: Row(row))
            }
            try memory.makeRoom(for: Row(row), level: plan.levels[row] ?? 0)
            writer.changes.mark(Row(row))
        }
        publishedRowCount.store(plan.rows.count, ordering: .releasing)
        publishedLiveCount.store(plan.rows.count, ordering: .releasing)
        if let centre = source.space.codes?.centre { try encodeAll(from: centre, &writer) }
        for row in 0..<Row(plan.rows.count) {
            if let level = plan.levels[Int(row)] { noteCarrier(row, level: level, &writer) }
        }
        for (row, head) in zip(0..<Row(plan.rows.count), plan.heads) where head != row {
            graph.setDuplicate(row)
            _ = graph.link(row, intoChainOf: head)
        }
        if let level = writer.carrierCounts.lastIndex(where: { $0 > 0 }),
            let row = plan.levels.firstIndex(of: level)
        {
            entryPoint.store(
                EntryPoint(row: Row(row), level: level).packed, ordering: .releasing)
        }
    }

    /// Copies the links that stay within the part, and chooses anew where some do not.
    private func linkNodes(
        as source: HNSWIndex, _ plan: PartPlan, _ writer: inout IndexWriter
    ) {
        var isolated: [(row: Row, layer: Int)] = []
        for old in 0..<Row(source.rowCount) {
            let row = plan.nodes[Int(old)]
            if row == Graph.noLink { continue }
            guard let level = source.graph.level(of: old) else { continue }
            for layer in 0...level {
                let links = source.graph.neighbors(of: old, onLayer: layer)
                let found = plan.candidates(for: old, links, source.graph, layer)
                if links.count == found.kept.count {
                    replaceLinks(
                        of: row, onLayer: layer, by: found.kept, count: links.count, &writer)
                } else if isIsolated(
                    found.kept.count + found.others.count, wanted: links.count, onLayer: layer,
                    writer)
                {
                    isolated.append((row, layer))
                } else {
                    fill(
                        row, onLayer: layer, found.kept, links.count, among: found.others, &writer)
                }
            }
        }
        guard let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)) else { return }
        for (row, layer) in isolated { connect(row, onLayer: layer, from: entry, &writer) }
        for row in 0..<Row(rowCount) where graph.level(of: row) != nil {
            keepReachable(row, &writer)
        }
    }
}

/// Which rows and nodes a part of an index has.
private struct PartPlan {
    /// Of each row of the part, the row that it was.
    let rows: [Row]
    /// Of each row of the part, its level if it is a node.
    private(set) var levels: [Int?]
    /// Of each row of the part, the node with its vector: often itself.
    private(set) var heads: [Row]
    /// Of each node of the source that is a carrier, the node in the part that has its place.
    private(set) var nodes: [Row]

    init(of graph: Graph, rowCount: Int, rows: [Row]) {
        self.rows = rows
        levels = Array(repeating: nil, count: rows.count)
        heads = Array(0..<Row(rows.count))
        nodes = Array(repeating: Graph.noLink, count: rowCount)
        var newRows = [Row](repeating: Graph.noLink, count: rowCount)
        for (row, old) in rows.enumerated() { newRows[Int(old)] = Row(row) }
        for old in 0..<Row(rowCount) where graph.isCarrier(old) {
            guard let level = graph.level(of: old) else { continue }
            var member = old
            while member != Graph.noLink {
                let row = newRows[Int(member)]
                if row != Graph.noLink {
                    if nodes[Int(old)] == Graph.noLink {
                        nodes[Int(old)] = row
                        levels[Int(row)] = level
                    }
                    heads[Int(row)] = nodes[Int(old)]
                }
                member = graph.next(of: member)
            }
        }
    }

    /// The links of a node within the part, and if some are not, the links of those that are not.
    func candidates(
        for node: Row, _ links: [Row], _ graph: Graph, _ layer: Int
    ) -> (kept: [Row], others: [Row]) {
        let own = nodes[Int(node)]
        var kept: [Row] = []
        for link in links {
            let heir = nodes[Int(graph.heir(of: link))]
            if heir != Graph.noLink, heir != own, !kept.contains(heir) { kept.append(heir) }
        }
        if kept.count == links.count { return (kept, []) }
        var known = Set(kept)  // looked up only
        var others: [Row] = []
        for link in links where nodes[Int(graph.heir(of: link))] == Graph.noLink {
            for second in graph.neighbors(of: link, onLayer: layer) {
                let row = nodes[Int(graph.heir(of: second))]
                guard row != Graph.noLink, row != own else { continue }
                guard others.count < HNSWIndex.repairCandidateLimit else { break }
                if known.insert(row).inserted { others.append(row) }
            }
        }
        return (kept, others)
    }
}
