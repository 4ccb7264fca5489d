import Synchronization

/// The rows of one chunk of a graph as they were at one moment, in memory of their own.
struct ChunkCopy: Sendable {
    let number: Int
    let rows: Range<Int>
    private let maxLinks: Int
    /// Whether nothing leads to condemned rows any more.
    private let isReleasing: Bool
    private let levels: [UInt8]
    private let states: [UInt8]
    /// Of each row the next with the same vector, or `noLink`.
    private let duplicates: [UInt32]
    /// The lists of layer 0, 2M slots each.
    private let baseLinks: [UInt32]
    /// The lists of the layers above, M slots each, one row after the other.
    private let upperLinks: [UInt32]

    /// Copies the rows; the writer's call.
    init(_ number: Int, of graph: Graph, rows: Range<Int>, _ phase: Sweep.Phase) {
        self.number = number
        self.rows = rows
        isReleasing = phase == .releasing
        maxLinks = graph.maxLinks
        let (first, count) = (rows.lowerBound, rows.count)
        levels = Array(UnsafeBufferPointer(start: graph.levels + first, count: count))
        states = Self.copy(graph.states + first, count: count, as: UInt8.self)
        duplicates = Self.copy(graph.duplicates + first, count: count, as: UInt32.self)
        baseLinks = Self.copy(
            graph.links(of: UInt32(first), onLayer: 0), count: count * maxLinks * 2,
            as: UInt32.self)
        var upper: [UInt32] = []
        for row in rows {
            let state = graph.state(of: UInt32(row))
            let hasLists = state != .free && !(state == .condemned && phase == .releasing)
            guard hasLists, let level = graph.level(of: UInt32(row)), level > 0 else { continue }
            upper += Self.copy(
                graph.links(of: UInt32(row), onLayer: 1), count: level * maxLinks, as: UInt32.self)
        }
        upperLinks = upper
    }

    /// Copies numbers that only the calling thread writes.
    ///
    /// Bounds: `start` has `count` numbers, which are read as what they are stored as.
    private static func copy<Number>(
        _ start: UnsafeMutablePointer<Atomic<Number>>, count: Int, as type: Number.Type
    ) -> [Number] {
        [Number](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(
                    start: start, count: count * MemoryLayout<Number>.stride))
            initializedCount = count
        }
    }
}

extension ChunkCopy {
    /// The slots that nothing leads to.
    var freeRows: [Row] {
        zip(rows, states).compactMap { $1 == RowState.free.rawValue ? Row($0) : nil }
    }
}

// MARK: - Encoding

extension ChunkCopy {
    /// The chunk, as `GraphFormat` says.
    var sealedBytes: (bytes: [UInt8], checksum: UInt32) {
        // Every slot used, every row with a count for each of its lists: what it can take at most.
        let limit =
            GraphFormat.chunkHeadByteCount
            + rows.count * 8 + (baseLinks.count + upperLinks.count) * 4
            + upperLinks.count / maxLinks * 2
        var writer = GraphByteWriter(reservingCapacity: limit)
        writer.append(GraphFormat.chunkMagic)
        writer.append(GraphFormat.version)
        writer.append(UInt16(0))
        for field in [number, rows.lowerBound, rows.count] { writer.append(UInt32(field)) }
        writer.append(UInt32(0))
        var upper = 0
        for index in 0..<rows.count { append(index, &upper, to: &writer) }
        writer.replace(
            UInt32(writer.bytes.count - GraphFormat.chunkHeadByteCount),
            at: GraphFormat.chunkHeadByteCount - 4)
        return writer.sealed()
    }

    /// Appends the record of a row.
    ///
    /// - Parameter upper: Where its upper lists begin, and after it those of the next row.
    private func append(_ index: Int, _ upper: inout Int, to writer: inout GraphByteWriter) {
        let state = states[index]
        if state == RowState.free.rawValue { return writer.append(state) }
        if isReleasing, state == RowState.condemned.rawValue {
            writer.append(state | GraphFormat.duplicateFlag)
            return writer.append(UInt8(0))
        }
        let level = Graph.level(fromStored: levels[index])
        let next = duplicates[index]
        writer.append(
            state | (level == nil ? GraphFormat.duplicateFlag : 0)
                | (next == Graph.noLink ? 0 : GraphFormat.chainFlag))
        writer.append(UInt8(level ?? 0))
        if next != Graph.noLink { writer.append(next) }
        guard let level else { return }
        append(baseLinks, from: index * maxLinks * 2, slotCount: maxLinks * 2, to: &writer)
        for _ in 0..<level {
            append(upperLinks, from: upper, slotCount: maxLinks, to: &writer)
            upper += maxLinks
        }
    }

    private func append(
        _ links: [UInt32], from start: Int, slotCount: Int, to writer: inout GraphByteWriter
    ) {
        links.withUnsafeBufferPointer { links in
            let list = links[start..<start + slotCount]
            let count = (list.firstIndex(of: Graph.noLink) ?? list.endIndex) - start
            writer.append(UInt16(count))
            writer.append(UnsafeBufferPointer(rebasing: list.prefix(count)))
        }
    }
}
