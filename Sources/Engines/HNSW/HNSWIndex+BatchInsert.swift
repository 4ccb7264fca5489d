import Primitives
import Synchronization
import Vectors

// Source: Manohar et al. 2024, *ParlayANN: Scalable and Deterministic Parallel Graph-Based Approximate
// Nearest Neighbor Search Algorithms*, section 3.1, batch insertion with prefix doubling. Differs:
// rounds are a small share of the graph instead of as large as it, so that rows that do not meet each
// other cost no recall; links back are chosen by all threads and published by the writer alone, which
// keeps its counts without locks; readers go on searching.

extension HNSWIndex {
    /// Adds many vectors, with several threads.
    ///
    /// Writer only. The calling thread works too; the others end with the call. The rows go in round
    /// by round: each round is a share of the graph as it stands, its rows look for their neighbours
    /// in the graph before the round, and then all of them are linked. What results is a function of
    /// the calls and their vectors, not of the threads; and another graph, as good, than single
    /// inserts give. Searches see the rows of a round together.
    ///
    /// - Parameters:
    ///   - vectors: Each of `dimension` components that passed `Metric.prepared(_:dimension:)`.
    ///   - threads: How many threads work, 1 or more: at most the number of processors.
    /// - Returns: The row of each vector, in their order.
    /// - Throws: ``BatchInsertError``: which vectors were inserted all the same, and why no more were.
    /// - Complexity: That of an insert for each vector, divided by the threads.
    @discardableResult
    public func insert(
        _ vectors: [[Float]], threads: Int
    ) throws(BatchInsertError) -> [Row] {
        if let other = vectors.first(where: { $0.count != dimension }) {
            throw BatchInsertError(
                rows: [], reason: .dimensionMismatch(expected: dimension, found: other.count))
        }
        return try insert(.arrays(vectors), count: vectors.count, threads)
    }

    /// Adds the vectors in a buffer, one behind the other; see `insert(_:threads:)` for arrays.
    @discardableResult
    public func insert(
        rowMajor vectors: UnsafeBufferPointer<Float>, threads: Int
    ) throws(BatchInsertError) -> [Row] {
        guard vectors.count.isMultiple(of: dimension) else {
            throw BatchInsertError(
                rows: [],
                reason: .dimensionMismatch(
                    expected: dimension, found: vectors.count % dimension))
        }
        return try insert(
            .rowMajor(vectors, dimension: dimension), count: vectors.count / dimension, threads)
    }

    private func insert(
        _ vectors: VectorBatch, count: Int, _ threads: Int
    ) throws(BatchInsertError) -> [Row] {
        precondition(threads > 0, "an insertion by \(threads) threads")
        if count == 0 { return [] }
        return try withWriter { (writer) throws(BatchInsertError) in
            let crew = InsertCrew(of: self, threads: min(threads, count))
            var rows: [Row] = []
            rows.reserveCapacity(count)
            while rows.count < count {
                do throws(HNSWError) {
                    try insertRound(vectors, upTo: count, &rows, crew, &writer)
                } catch {
                    throw BatchInsertError(rows: rows, reason: error)
                }
            }
            return rows
        }
    }

    /// Inserts as many of the vectors as make a round, and appends their rows.
    ///
    /// - Throws: What kept a row from being inserted; those before it are whole.
    private func insertRound(
        _ vectors: VectorBatch, upTo count: Int, _ rows: inout [Row], _ crew: InsertCrew,
        _ writer: inout IndexWriter
    ) throws(HNSWError) {
        if rowRoom == 0, writer.freeRows.first == nil {
            try checkMemory(for: Row(truncatingIfNeeded: rowCount))
        }
        let entry = EntryPoint(packed: entryPoint.load(ordering: .relaxed))
        var round = beginRound(at: rows.count, upTo: count, entry, &writer)
        var failure = write(&round, from: vectors, crew, &writer)
        failure = admit(&round, entry, &writer) ?? failure
        rows += round.rows
        if let entry { chooseLinks(of: round, from: entry, crew) }
        publish(&round, crew, &writer)
        linkBack(to: round, crew, &writer)
        for node in round.nodes where node.level > entry?.level ?? -1 {
            entryPoint.store(
                EntryPoint(row: node.row, level: node.level).packed, ordering: .releasing)
        }
        for _ in round.rows { consolidateShare(&writer) }
        if let failure { throw failure }
    }
}

// MARK: - The steps of a round

extension HNSWIndex {
    /// Takes the rows of a round: free slots that no reader knows, the lowest first, then fresh ones.
    ///
    /// A row above the level of the entry point is alone in its round: two of them would never be
    /// linked on the layers that are new.
    private func beginRound(
        at firstVector: Int, upTo count: Int, _ entry: EntryPoint?, _ writer: inout IndexWriter
    ) -> InsertRound {
        writer.freeRows.reclaim(readers) { memory.reclaimUpperLinks(of: $0) }
        let nodeCount = writer.carrierCounts.reduce(0, +)
        let size = min(
            InsertCrew.roundSize(nodeCount: nodeCount), count - firstVector, max(1, rowRoom))
        var rows: [Row] = []
        var fresh = rowCount
        while rows.count < size {
            let row = writer.freeRows.first ?? Row(truncatingIfNeeded: fresh)
            let isAbove = levelGenerator.level(of: row) > entry?.level ?? -1
            if isAbove, !rows.isEmpty { break }
            rows.append(row)
            if writer.freeRows.first == nil { fresh += 1 } else { writer.freeRows.removeFirst() }
            if isAbove { break }
        }
        return InsertRound(
            rows: rows, firstVector: firstVector,
            reusedCount: rows.count - (fresh - rowCount))
    }

    /// Writes the vectors of the round and codes them, as many as there is room for.
    private func write(
        _ round: inout InsertRound, from vectors: VectorBatch, _ crew: InsertCrew,
        _ writer: inout IndexWriter
    ) -> HNSWError? {
        var failure: HNSWError?
        if let full = round.rows.firstIndex(where: { Int($0) >= capacity }) {
            failure = .capacityExhausted(capacity: capacity)
            giveBack(from: full, &round, &writer)
        }
        guard let last = round.rows.max() else { return failure }
        var codes: CodeStore?
        do throws(HNSWError) {
            codes = try codesOfNewRows(writer)
            do throws(MemoryError) {
                try store.makeRoom(for: Int(last))
                try codes?.makeRoom(for: Int(last))
            } catch {
                throw .memoryUnavailable(
                    byteCount: error.byteCount, errorNumber: error.errorNumber)
            }
        } catch {
            giveBack(from: 0, &round, &writer)
            return error
        }
        let (rows, first, workers) = (round.rows, round.firstVector, crew.workers)
        crew.team.forEach(rows.count) { [codes] member, item in
            vectors.withVector(first + item) {
                workers[member].write($0, as: rows[item], codes)
            }
        }
        return failure
    }

    /// Leaves out the rows of a round from a position on.
    private func giveBack(
        from position: Int, _ round: inout InsertRound, _ writer: inout IndexWriter
    ) {
        for row in round.rows[position...].prefix(max(round.reusedCount - position, 0)) {
            writer.freeRows.add(row)
        }
        round.rows.removeSubrange(position...)
    }

    /// Decides which of the written rows are nodes of which level, and which are duplicates, also of
    /// each other.
    private func admit(
        _ round: inout InsertRound, _ entry: EntryPoint?, _ writer: inout IndexWriter
    ) -> HNSWError? {
        var listCount = 0
        for (position, row) in round.rows.enumerated() {
            let head = writer.duplicates.row(holding: bytesOfVector(at: row)) {
                bytesOfVector(at: $0)
            }
            let level = head == nil ? levelGenerator.level(of: row) : 0
            do throws(HNSWError) {
                try memory.makeRoom(for: row, level: level)
            } catch {
                giveBack(from: position, &round, &writer)
                return error
            }
            writer.changes.mark(row)
            if let head {
                graph.setDuplicate(row)
                round.duplicates.append((row, head))
            } else {
                let top = min(level, entry?.level ?? -1)
                round.nodes.append(.init(row: row, level: level, firstList: listCount, top: top))
                listCount += top + 1
                noteCarrier(row, level: level, &writer)
            }
        }
        return nil
    }

    /// Chooses the links of the nodes, in the graph as it stands before the round.
    private func chooseLinks(
        of round: InsertRound, from entry: EntryPoint, _ crew: InsertCrew
    ) {
        let (nodes, lists, workers) = (round.nodes, crew.ownLists, crew.workers)
        lists.makeRoom(for: nodes.reduce(0) { $0 + $1.top + 1 })
        crew.team.forEach(nodes.count) { member, item in
            let node = nodes[item]
            workers[member].chooseLinks(
                of: node.row, from: entry, downFrom: node.top, into: lists, first: node.firstList)
        }
    }

    /// Makes the rows of the round known, their own lists complete.
    private func publish(
        _ round: inout InsertRound, _ crew: InsertCrew, _ writer: inout IndexWriter
    ) {
        for node in round.nodes {
            var layer = 0
            while layer <= node.top {
                let chosen = crew.ownLists[node.firstList + layer]
                if let start = chosen.baseAddress {
                    replaceLinks(
                        of: node.row, onLayer: layer, by: start, count: chosen.count, &writer)
                }
                layer += 1
            }
        }
        if let last = round.rows.max(), Int(last) >= rowCount {
            publishedRowCount.store(Int(last) + 1, ordering: .releasing)
        }
        publishedLiveCount.add(round.rows.count, ordering: .releasing)
        for (row, head) in round.duplicates {
            writer.changes.mark(graph.link(row, intoChainOf: head))
        }
        round.collectTargets(from: crew.ownLists)
    }

    /// Adds the nodes of the round to the lists of those that they link to.
    private func linkBack(
        to round: InsertRound, _ crew: InsertCrew, _ writer: inout IndexWriter
    ) {
        let full = round.targets.filter { target in
            let free = graph.slotCount(onLayer: target.layer) - linkCount(of: target)
            return target.sources.count > free
        }
        let (lists, workers) = (crew.targetLists, crew.workers)
        lists.makeRoom(for: full.count)
        crew.team.forEach(full.count) { member, item in
            let target = full[item]
            workers[member].chooseAnew(
                of: target.row, onLayer: target.layer, among: round.sources(of: target),
                into: lists, item)
        }
        var next = 0
        var lost: [Row] = []
        for target in round.targets {
            if next < full.count, full[next].sources == target.sources {
                lost += replaceLinks(of: target, by: lists[next], &writer)
                next += 1
            } else {
                for source in round.sources(of: target) {
                    _ = append(source, toListOf: target.row, onLayer: target.layer, &writer)
                }
            }
        }
        for row in lost { keepReachable(row, &writer) }
        for node in round.nodes { keepReachable(node.row, &writer) }
    }

    /// Publishes a list that was chosen anew.
    ///
    /// A row that no other list leads to keeps its place behind the chosen, if there is one left.
    ///
    /// - Returns: Those for which there is none.
    private func replaceLinks(
        of target: InsertRound.Target, by chosen: UnsafeBufferPointer<Row>,
        _ writer: inout IndexWriter
    ) -> [Row] {
        let (row, layer) = (target.row, target.layer)
        let old = layer == 0 ? graph.neighbors(of: row, onLayer: 0) : []
        if let start = chosen.baseAddress {
            replaceLinks(of: row, onLayer: layer, by: start, count: chosen.count, &writer)
        }
        writer.changes.mark(row)
        return old.filter { link in
            writer.incoming[link] == 0 && graph.isCarrier(link)
                && !append(link, toListOf: row, onLayer: 0, &writer)
        }
    }

    private func linkCount(of target: InsertRound.Target) -> Int {
        let list = graph.links(of: target.row, onLayer: target.layer)
        let slotCount = graph.slotCount(onLayer: target.layer)
        return (0..<slotCount).first { list[$0].load(ordering: .relaxed) == Graph.noLink }
            ?? slotCount
    }
}

/// The threads of a batch insertion and what they share.
struct InsertCrew {
    let team: ThreadTeam
    let workers: [InsertWorker]
    /// The links of the round's nodes.
    let ownLists: ChosenLists
    /// The lists that are chosen anew to take links back.
    let targetLists: ChosenLists

    init(of index: HNSWIndex, threads: Int) {
        team = ThreadTeam(name: "hnsw-insert", memberCount: threads)
        workers = (0..<threads).map { _ in InsertWorker(of: index) }
        ownLists = ChosenLists(slotCount: index.parameters.maxLinks)
        targetLists = ChosenLists(slotCount: index.parameters.maxLinks * 2)
    }

    /// For so many nodes of the graph, a round adds one.
    ///
    /// Recall at 10 beside that of single inserts, one build each of 20,000 sentence embeddings, ef from
    /// 10 to 160: shares of 64 and 128 between 0.004 less and 0.005 more, 32 up to 0.003 less, 16 up to
    /// 0.010 less, 1 up to 0.040 less.
    static let roundShare = 128
    /// The most rows of a round: some milliseconds for each of a dozen threads.
    ///
    /// The same for 118,000 at ef 20, 40 and 80, one build each: rounds of at most 1,838 rows 0.006,
    /// 0.004 and 0.001 less; 512 rows 0.004, 0.002 and 0.002 less; 256 rows 0.004 less, 0.002 more and
    /// 0.001 less.
    static let largestRound = 256

    /// How many rows go into a graph of so many nodes at once.
    static func roundSize(nodeCount: Int) -> Int {
        min(max(nodeCount / roundShare, 1), largestRound)
    }
}

/// The vectors of a batch, wherever they are.
enum VectorBatch: @unchecked Sendable {
    // Sendable: nobody writes them while the call that has them runs.
    case arrays([[Float]])
    case rowMajor(UnsafeBufferPointer<Float>, dimension: Int)

    func withVector(_ index: Int, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        switch self {
        case .arrays(let vectors): vectors[index].withUnsafeBufferPointer(body)
        case .rowMajor(let buffer, let dimension):
            body(UnsafeBufferPointer(rebasing: buffer[index * dimension..<(index + 1) * dimension]))
        }
    }
}
