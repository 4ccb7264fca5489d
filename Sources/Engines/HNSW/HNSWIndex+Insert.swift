import Synchronization
import Vectors

extension HNSWIndex {
    /// Adds a vector under the next row number.
    ///
    /// Writer only. A vector whose exact bytes are in the index already does not enter the graph: it
    /// joins the chain of duplicates of the first.
    ///
    /// - Parameter vector: `dimension` components that passed `Metric.prepared(_:dimension:)`.
    /// - Returns: The row: the value of `rowCount` before the call.
    /// - Throws: `HNSWError.dimensionMismatch`, `.capacityExhausted` or `.memoryUnavailable`; the
    ///   index is unchanged then.
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
            let row = Row(truncatingIfNeeded: rowCount)
            try write(vector, as: row)
            let bytes = UnsafeRawBufferPointer(vector)
            let first = writer.duplicates.row(holding: bytes) { bytesOfVector(at: $0) }
            let level = first == nil ? levelGenerator.level(of: row) : 0
            try memory.makeRoom(for: row, level: level)
            writer.changes.mark(row)
            if let first {
                appendDuplicate(row, of: first, &writer)
            } else {
                writer.duplicates.add(row, vector: bytes)
                link(row, level: level, advice, &writer)
            }
            return row
        }
    }

    var levelGenerator: LevelGenerator {
        LevelGenerator(seed: parameters.seed, maxLinks: parameters.maxLinks)
    }

    func bytesOfVector(at row: Row) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(UnsafeBufferPointer(start: space.row(row), count: dimension))
    }

    /// Writes the vector of an unpublished row.
    private func write(
        _ vector: UnsafeBufferPointer<Float>, as row: Row
    ) throws(HNSWError) {
        guard Int(row) < capacity else { throw .capacityExhausted(capacity: capacity) }
        do throws(MemoryError) {
            _ = try store.makeRoom(for: Int(row)).update(fromContentsOf: vector)
        } catch {
            throw .memoryUnavailable(byteCount: error.byteCount, errorNumber: error.errorNumber)
        }
    }

    /// Publishes a row as the last of a chain.
    func appendDuplicate(_ row: Row, of first: Row, _ writer: inout IndexWriter) {
        graph.setDuplicate(row, of: first)
        let last = writer.duplicates.append(row, toChainOf: first)
        publishedRowCount.store(Int(row) + 1, ordering: .releasing)
        graph.duplicates[Int(last)].store(row, ordering: .releasing)
    }

    /// Algorithm 1: finds the neighbours of a written row on each of its layers, and publishes it.
    ///
    /// The row's own lists are complete before the first list leads to it.
    private func link(
        _ row: Row, level: Int, _ advice: [[Row]], _ writer: inout IndexWriter
    ) {
        guard let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed)) else {
            publishedRowCount.store(Int(row) + 1, ordering: .releasing)
            entryPoint.store(EntryPoint(row: row, level: level).packed, ordering: .releasing)
            return
        }
        let layers = 0...min(level, entry.level)
        if canFollow(advice, on: layers) {
            for layer in layers {
                replaceLinks(
                    of: row, onLayer: layer, by: advice[layer], count: advice[layer].count)
            }
        } else {
            findLinks(of: row, level: level, from: entry, &writer)
        }
        publishedRowCount.store(Int(row) + 1, ordering: .releasing)
        for layer in layers {
            for neighbor in graph.neighbors(of: row, onLayer: layer) {
                addLink(from: neighbor, to: row, onLayer: layer, &writer)
            }
        }
        if level > entry.level {
            entryPoint.store(EntryPoint(row: row, level: level).packed, ordering: .releasing)
        }
    }

    /// Gives an unpublished row its own lists.
    private func findLinks(
        of row: Row, level: Int, from entry: EntryPoint, _ writer: inout IndexWriter
    ) {
        let walk = Walk(
            graph: graph, scorer: space.scorer(query: space.row(row)), acceptance: EveryRow(),
            rowCount: row, duplicates: .skipped, scratch: writer.scratch.memory)
        var starts = [walk.descend(from: entry, toLayer: level)]
        for layer in stride(from: min(level, entry.level), through: 0, by: -1) {
            let found = walk.nearest(
                from: starts, ef: parameters.efConstruction, layer: layer)
            let count = found.withUnsafeBufferPointer {
                writer.selection.select(from: $0, limit: parameters.maxLinks)
            }
            replaceLinks(of: row, onLayer: layer, by: writer.selection.selected, count: count)
            starts = found
        }
    }

    /// Whether links like these keep the invariants of the graph.
    private func canFollow(_ advice: [[Row]], on layers: ClosedRange<Int>) -> Bool {
        guard advice.count >= layers.count else { return false }
        return layers.allSatisfy { layer in
            let links = advice[layer]
            return (1...parameters.maxLinks).contains(links.count)
                && links.indices.allSatisfy { index in
                    let link = links[index]
                    guard Int(link) < rowCount, let level = graph.level(of: link) else {
                        return false
                    }
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

    /// Adds a link, choosing anew among all links if the list is full.
    private func addLink(
        from row: Row, to target: Row, onLayer layer: Int, _ writer: inout IndexWriter
    ) {
        writer.changes.mark(row)
        let list = graph.links(of: row, onLayer: layer)
        let slotCount = graph.slotCount(onLayer: layer)
        let scratch = writer.scratch.memory
        var count = 0
        while count < slotCount {
            let link = list[count].load(ordering: .relaxed)
            if link == Graph.noLink {
                list[count].store(target, ordering: .releasing)
                return
            }
            scratch.batch[count] = link
            count &+= 1
        }
        let scorer = space.scorer(query: space.row(row))
        scorer.score(scratch.batch, count: count, below: .infinity, into: scratch.distances)
        for index in 0..<count {
            insertSorted(
                CandidateKey(distance: scratch.distances[index], row: scratch.batch[index]),
                into: writer.crowd, count: index)
        }
        insertSorted(
            CandidateKey(distance: scorer.distance(of: target), row: target), into: writer.crowd,
            count: count)
        let chosen = writer.selection.select(
            from: UnsafeBufferPointer(start: writer.crowd, count: count + 1), limit: slotCount)
        replaceLinks(of: row, onLayer: layer, by: writer.selection.selected, count: chosen)
    }

    private func insertSorted(
        _ key: CandidateKey, into keys: UnsafeMutablePointer<CandidateKey>, count: Int
    ) {
        var position = count
        while position > 0, keys[position &- 1] > key {
            keys[position] = keys[position &- 1]
            position &-= 1
        }
        keys[position] = key
    }

    private func replaceLinks(
        of row: Row, onLayer layer: Int, by rows: UnsafePointer<UInt32>, count: Int
    ) {
        let list = graph.links(of: row, onLayer: layer)
        for slot in 0..<graph.slotCount(onLayer: layer) {
            list[slot].store(slot < count ? rows[slot] : Graph.noLink, ordering: .releasing)
        }
    }
}
