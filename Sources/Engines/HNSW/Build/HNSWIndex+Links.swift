import Synchronization
import Vectors

// How lists change.

extension HNSWIndex {
    /// Adds a link, choosing anew among all links if the list is full.
    ///
    /// A row to which little else leads keeps its place if there is one left, or finds another in a
    /// list nearby.
    func addLink(
        from row: Row, to target: Row, onLayer layer: Int, _ writer: inout IndexWriter
    ) {
        if append(target, toListOf: row, onLayer: layer, &writer) { return }
        let crowd = crowd(of: row, and: target, onLayer: layer, writer)
        let slotCount = graph.slotCount(onLayer: layer)
        var chosen = writer.selection.select(from: crowd, limit: slotCount)
        if layer > 0 {
            return replaceLinks(
                of: row, onLayer: layer, by: writer.selection.selected, count: chosen, &writer)
        }
        let lost = rowsLost(from: crowd, chosen: &chosen, target, writer)
        replaceLinks(
            of: row, onLayer: layer, by: writer.selection.selected, count: chosen, &writer)
        for row in lost { keepReachable(row, &writer) }
    }

    /// Adds a link if the list has room.
    func append(
        _ target: Row, toListOf row: Row, onLayer layer: Int, _ writer: inout IndexWriter
    ) -> Bool {
        writer.changes.mark(row)
        let list = graph.links(of: row, onLayer: layer)
        for slot in 0..<graph.slotCount(onLayer: layer)
        where list[slot].load(ordering: .relaxed) == Graph.noLink {
            list[slot].store(target, ordering: .releasing)
            if layer == 0 { writer.incoming.add(target) }
            return true
        }
        return false
    }

    /// The sorted candidates of a full list and of one row more; they live until the next call.
    private func crowd(
        of row: Row, and target: Row, onLayer layer: Int, _ writer: IndexWriter
    ) -> UnsafeBufferPointer<CandidateKey> {
        let list = graph.links(of: row, onLayer: layer)
        let count = graph.slotCount(onLayer: layer)
        let scratch = writer.scratch.memory
        for slot in 0..<count { scratch.batch[slot] = list[slot].load(ordering: .relaxed) }
        let scorer = space.scorer(ofRow: row, using: writer.rowQuery)
        scorer.score(scratch.batch, count: count, below: .infinity, into: scratch.distances)
        for index in 0..<count {
            insertSorted(
                CandidateKey(distance: scratch.distances[index], row: scratch.batch[index]),
                into: writer.crowd, count: index)
        }
        insertSorted(
            CandidateKey(distance: scorer.distance(of: target), row: target), into: writer.crowd,
            count: count)
        return UnsafeBufferPointer(start: writer.crowd, count: count + 1)
    }

    /// The rows that too few lists would lead to if a list of layer 0 became what was chosen.
    ///
    /// As many as there is room for are chosen too. The new row is not among them: it is looked after
    /// when all its neighbours were asked.
    private func rowsLost(
        from crowd: UnsafeBufferPointer<CandidateKey>, chosen count: inout Int, _ target: Row,
        _ writer: IndexWriter
    ) -> [Row] {
        let selected = writer.selection.selected
        let slotCount = graph.slotCount(onLayer: 0)
        var lost: [Row] = []
        for key in crowd
        where key.row != target && writer.incoming[key.row] <= Self.leastIncomingCount {
            let row = key.row
            if !graph.isCarrier(row)
                || UnsafeBufferPointer(start: selected, count: count).contains(row)
            {
                continue
            }
            if count < slotCount {
                selected[count] = row
                count += 1
            } else {
                lost.append(row)
            }
        }
        return lost
    }

    func insertSorted(
        _ key: CandidateKey, into keys: UnsafeMutablePointer<CandidateKey>, count: Int
    ) {
        var position = count
        while position > 0, keys[position &- 1] > key {
            keys[position] = keys[position &- 1]
            position &-= 1
        }
        keys[position] = key
    }

    func replaceLinks(
        of row: Row, onLayer layer: Int, by rows: UnsafePointer<UInt32>, count: Int,
        _ writer: inout IndexWriter
    ) {
        if layer == 0 {
            forgetLinks(of: row, &writer)
            for slot in 0..<count { writer.incoming.add(rows[slot]) }
        }
        let list = graph.links(of: row, onLayer: layer)
        for slot in 0..<graph.slotCount(onLayer: layer) {
            list[slot].store(slot < count ? rows[slot] : Graph.noLink, ordering: .releasing)
        }
    }

    /// Has nodes near by link to one that too few lists of layer 0 lead to.
    ///
    /// The first with room in their lists, in the order of a walk from the node; if they are full, the
    /// node's neighbours that have a link to spare.
    func keepReachable(_ row: Row, _ writer: inout IndexWriter) {
        guard writer.incoming[row] < Self.leastIncomingCount, graph.isCarrier(row) else { return }
        var asked = graph.neighbors(of: row, onLayer: 0)
        var index = 0
        while index < asked.count, index < Self.askedCountLimit {
            let neighbor = asked[index]
            index += 1
            if neighbor == row || !graph.isCarrier(neighbor) { continue }
            let links = graph.neighbors(of: neighbor, onLayer: 0)
            if !links.contains(row), append(row, toListOf: neighbor, onLayer: 0, &writer),
                writer.incoming[row] >= Self.leastIncomingCount
            {
                return
            }
            if asked.count < Self.askedCountLimit { asked += links }
        }
        for neighbor in graph.neighbors(of: row, onLayer: 0) where graph.isCarrier(neighbor) {
            if exchangeLink(of: neighbor, for: row, &writer),
                writer.incoming[row] >= Self.leastIncomingCount
            {
                return
            }
        }
    }

    /// Has a full list lead to a row instead of to the last one that others lead to as well.
    ///
    /// - Returns: False if it leads there already, or has no link to spare.
    func exchangeLink(of neighbor: Row, for row: Row, _ writer: inout IndexWriter) -> Bool {
        var links = graph.neighbors(of: neighbor, onLayer: 0)
        if links.contains(row) || neighbor == row { return false }
        let spare = links.lastIndex { writer.incoming[$0] > Self.leastIncomingCount }
        guard let spare else { return false }
        writer.changes.mark(neighbor)
        links[spare] = row
        replaceLinks(of: neighbor, onLayer: 0, by: links, count: links.count, &writer)
        return true
    }

    /// How many lists of layer 0 lead to a row at least, where there is room.
    ///
    /// With one, a walk of few candidates missed a row in 300,000 by its own vector (5,000 points of 12
    /// components, replaced again and again, 48 candidates); with three, none in three million.
    static let leastIncomingCount = 3

    /// The most nodes that are asked for room; a list in three has some.
    private static let askedCountLimit = 256

    /// Counts the links of a row on layer 0.
    func noteLinks(of row: Row, _ writer: inout IndexWriter) {
        for link in graph.neighbors(of: row, onLayer: 0) { writer.incoming.add(link) }
    }

    /// Takes the links of a row on layer 0 off the counts.
    func forgetLinks(of row: Row, _ writer: inout IndexWriter) {
        let list = graph.links(of: row, onLayer: 0)
        for slot in 0..<graph.slotCount(onLayer: 0) {
            let link = list[slot].load(ordering: .relaxed)
            if link == Graph.noLink { return }
            writer.incoming.remove(link)
        }
    }
}
