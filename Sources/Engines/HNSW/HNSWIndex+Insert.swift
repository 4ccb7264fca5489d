import Synchronization
import Vectors

extension HNSWIndex {
    /// Adds a vector under the lowest free row number.
    ///
    /// Writer only. Does its share of the consolidation. A vector that is stored as the same bytes as
    /// another does not enter the graph: it joins the chain of duplicates of the first.
    ///
    /// - Parameter vector: `dimension` components that passed `Metric.prepared(_:dimension:)`.
    /// - Returns: The row: the lowest free slot that no reader knows, or the value of `rowCount`
    ///   before the call.
    /// - Throws: `HNSWError.dimensionMismatch`, `.capacityExhausted`, `.memoryLimitExceeded`,
    ///   `.memoryUnavailable` or `.vectorFileUnavailable`; the index is unchanged then.
    /// - Complexity: O(log rowCount · efConstruction · maxLinks) distances on average.
    ///
    /// *Source*: Malkov and Yashunin 2018, Algorithm 1.
    @discardableResult
    public func insert(_ vector: [Float]) throws(HNSWError) -> Row {
        var row: Result<Row, HNSWError>?
        vector.withUnsafeBufferPointer { buffer in
            row = Result { () throws(HNSWError) in try insert(buffer) }
        }
        return try row!.get()
    }

    /// Adds the vector in a buffer; see `insert(_:)` for arrays.
    @discardableResult
    public func insert(_ vector: UnsafeBufferPointer<Float>) throws(HNSWError) -> Row {
        try insert(vector, linkedTo: [])
    }

    /// Adds a vector whose neighbours are known from an earlier insertion of it, without looking for
    /// them: some ten times as fast.
    ///
    /// Writer only. Advice that cannot be followed (a layer is not in it, or a row not on its layer)
    /// is left aside.
    ///
    /// - Parameter advice: Of each layer from 0 on the rows to link to: the ``links(of:)`` of then.
    @discardableResult
    package func insert(
        _ vector: UnsafeBufferPointer<Float>, linkedTo advice: [[Row]]
    ) throws(HNSWError) -> Row {
        guard vector.count == dimension else {
            throw .dimensionMismatch(expected: dimension, found: vector.count)
        }
        return try withWriter { (writer) throws(HNSWError) in
            let (row, isReused) = nextRow(&writer)
            if !isReused { try checkMemory(for: row) }
            try write(vector, as: row)
            try encode(row, &writer)
            let head = writer.duplicates.row(holding: bytesOfVector(at: row)) {
                bytesOfVector(at: $0)
            }
            let level = head == nil ? levelGenerator.level(of: row) : 0
            try memory.makeRoom(for: row, level: level)
            if isReused { writer.freeRows.removeFirst() }
            writer.changes.mark(row)
            if let head {
                appendDuplicate(row, toChainOf: head, &writer)
            } else {
                link(row, level: level, advice, &writer)
                noteCarrier(row, level: level, &writer)
            }
            consolidateShare(&writer)
            return row
        }
    }

    /// The lowest free slot that no reader knows, or a fresh one.
    private func nextRow(_ writer: inout IndexWriter) -> (row: Row, isReused: Bool) {
        writer.freeRows.reclaim(readers) { memory.reclaimUpperLinks(of: $0) }
        if let row = writer.freeRows.first { return (row, true) }
        return (Row(truncatingIfNeeded: rowCount), false)
    }

    /// Counts a written row among those that searches may meet.
    private func publish(_ row: Row) {
        if Int(row) >= rowCount { publishedRowCount.store(Int(row) + 1, ordering: .releasing) }
        publishedLiveCount.add(1, ordering: .releasing)
    }

    var levelGenerator: LevelGenerator {
        LevelGenerator(seed: parameters.seed, maxLinks: parameters.maxLinks)
    }

    /// The stored bytes of a vector, for comparing.
    func bytesOfVector(at row: Row) -> UnsafeRawBufferPointer { store.bytes(of: Int(row)) }

    /// Writes the vector of an unpublished row.
    func write(
        _ vector: UnsafeBufferPointer<Float>, as row: Row
    ) throws(HNSWError) {
        guard Int(row) < capacity else { throw .capacityExhausted(capacity: capacity) }
        do throws(MemoryError) {
            try store.write(vector, at: Int(row))
        } catch {
            throw HNSWError(error)
        }
    }

    /// Publishes a row in the chain of the node with its vector.
    private func appendDuplicate(_ row: Row, toChainOf head: Row, _ writer: inout IndexWriter) {
        graph.setDuplicate(row)
        publish(row)
        writer.changes.mark(graph.link(row, intoChainOf: head))
    }

    /// Algorithm 1: finds the neighbours of a written row on each of its layers, and publishes it.
    ///
    /// The row's own lists are complete before the first list leads to it.
    private func link(
        _ row: Row, level: Int, _ advice: [[Row]], _ writer: inout IndexWriter
    ) {
        guard let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)) else {
            publish(row)
            entryPoint.store(EntryPoint(row: row, level: level).packed, ordering: .releasing)
            return
        }
        let top = min(level, entry.level)
        if canFollow(advice, to: row, downFrom: top) {
            for layer in 0...top {
                replaceLinks(
                    of: row, onLayer: layer, by: advice[layer], count: advice[layer].count,
                    &writer)
            }
        } else {
            forEachLayer(around: row, from: entry, downFrom: top, &writer) {
                layer, found, writer in
                let count = found.withUnsafeBufferPointer {
                    writer.selection.select(from: $0, limit: parameters.maxLinks)
                }
                replaceLinks(
                    of: row, onLayer: layer, by: writer.selection.selected, count: count, &writer)
            }
        }
        publish(row)
        for layer in 0...top {
            for neighbor in graph.neighbors(of: row, onLayer: layer) {
                addLink(from: neighbor, to: row, onLayer: layer, &writer)
            }
        }
        keepReachable(row, &writer)
        if level > entry.level {
            entryPoint.store(EntryPoint(row: row, level: level).packed, ordering: .releasing)
        }
    }

    /// Whether links like these keep the invariants of the graph.
    private func canFollow(_ advice: [[Row]], to row: Row, downFrom top: Int) -> Bool {
        guard advice.count > top else { return false }
        return (0...top).allSatisfy { layer in
            let links = advice[layer]
            return (1...parameters.maxLinks).contains(links.count)
                && links.indices.allSatisfy { index in
                    let link = links[index]
                    guard link != row, Int(link) < rowCount, graph.isCarrier(link),
                        let level = graph.level(of: link)
                    else { return false }
                    return level >= layer && !links[..<index].contains(link)
                }
        }
    }

    /// The links of a row on each layer from 0 on; none if it is kept out of the graph.
    ///
    /// Writer only. Right after its insertion they are those that were chosen for it.
    package func links(of row: Row) -> [[Row]] {
        precondition(Int(row) < rowCount, "row \(row) of \(rowCount)")
        guard let level = graph.level(of: row) else { return [] }
        return (0...level).map { graph.neighbors(of: row, onLayer: $0) }
    }

    /// Walks down and hands over what is nearest to a row on each of its layers, itself excepted.
    ///
    /// Something is found on every layer, unless the row is alone: at least the entry point.
    func forEachLayer(
        around row: Row, from entry: EntryPoint, downFrom top: Int, to bottom: Int = 0,
        _ writer: inout IndexWriter,
        _ body: (Int, [CandidateKey], inout IndexWriter) -> Void
    ) {
        writer.scratch.load(row: row)
        let scorer = writer.scratch.scorer()
        let walk = Walk(
            graph: graph, scorer: scorer, acceptance: Carriers(graph: graph),
            rowCount: UInt32(rowCount), duplicates: .skipped, scratch: writer.scratch.memory)
        var starts = [walk.descend(from: entry, toLayer: top)]
        for layer in stride(from: top, through: bottom, by: -1) {
            var found = walk.nearest(from: starts, ef: parameters.efConstruction, layer: layer)
            found.removeAll { $0.row == row }
            if found.isEmpty, entry.row != row {
                found = [CandidateKey(distance: scorer.distance(of: entry.row), row: entry.row)]
            }
            body(layer, found, &writer)
            if !found.isEmpty { starts = found }
        }
    }
}
