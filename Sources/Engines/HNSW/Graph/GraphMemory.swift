import Synchronization
import Vectors

/// The links of a graph, as plain pointers: what the inner loops see.
///
/// ```
///  baseLinks    node 0: 2M slots │ node 1: 2M slots │ …            layer 0
///               a list = rows, then `noLink` in every unused slot
///  upperLinks   block 0: M slots │ block 1: M slots │ …            layers 1, 2, …
///  upperStart   node → block of its layer 1; layer l is block start + l − 1
///  levels       node → its top layer; duplicate → `duplicateLevel`
///  states       row → its `RowState`
///  duplicates   row → the next row with the same vector, or `noLink`: see `DuplicateChain.swift`
/// ```
///
/// Memory model, for one writer and any number of readers:
///
/// - A link is one aligned word, stored with release and loaded with acquire. A row number
///   appears in a link, in a chain of duplicates, in the entry point or below the published row
///   count only after its vector, its level and its own links were written; so whoever reads the
///   number also sees what it names.
/// - A list is changed slot by slot. A reader may see some old and some new links, one twice or
///   one not at all; each of them is a node that may be walked. Readers do not depend on more.
/// - Nothing moves. A slot is used again only after everything that led to it was rewritten and then
///   every reader that was under way has ended (`ReadEpochs`): each search runs as such a reader, so
///   during a search a row number means one node, with one vector, one level and lists that lead to
///   nodes. Until that moment a removed row keeps all that a reader on it needs.
/// - A row becomes live after its vector was written, with release. Who meets a row by its number
///   instead of by a link (an exact scan) reads its state with acquire first, and its vector only
///   if it is live.
/// - Readers ignore rows at or above the row count they read first: their visited set is that
///   large.
struct Graph: @unchecked Sendable {
    /// An unused slot.
    static let noLink = UInt32.max
    /// The level of a row outside the graph.
    private static let duplicateLevel = UInt8.max

    let baseLinks: UnsafeMutablePointer<Atomic<UInt32>>
    let upperLinks: UnsafeMutablePointer<Atomic<UInt32>>
    let upperStart: UnsafeMutablePointer<UInt32>
    let levels: UnsafeMutablePointer<UInt8>
    let states: UnsafeMutablePointer<Atomic<UInt8>>
    let duplicates: UnsafeMutablePointer<Atomic<UInt32>>
    /// The paper's M, and the slots of a list above layer 0.
    let maxLinks: Int

    /// The slots of a list on a layer: M, and 2M on layer 0 (the paper's Mmax0).
    @inline(__always)
    func slotCount(onLayer layer: Int) -> Int { layer == 0 ? maxLinks &* 2 : maxLinks }

    /// The list of a node.
    ///
    /// Bounds: the node's level is at least `layer`. Links on a layer lead only to such nodes.
    @inline(__always)
    func links(of row: UInt32, onLayer layer: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        if layer == 0 { return baseLinks + Int(row) &* (maxLinks &* 2) }
        return upperLinks + (Int(upperStart[Int(row)]) &+ layer &- 1) &* maxLinks
    }

    /// Asks for the first two cache lines of a list: all of it up to M = 16.
    @inline(__always)
    func prefetchLinks(of row: UInt32, onLayer layer: Int) {
        let list = UnsafeRawPointer(links(of: row, onLayer: layer))
        prefetch(list)
        prefetch(list + cacheLineByteCount)
    }

    /// Asks for all that a walk reads of a node when it expands it.
    @inline(__always)
    func prefetchNode(_ row: UInt32, onLayer layer: Int) {
        prefetchLinks(of: row, onLayer: layer)
        prefetch(UnsafeRawPointer(duplicates + Int(row)))
    }

    /// Whether a row is live: inserted, and not removed.
    @inline(__always)
    func isLive(_ row: UInt32) -> Bool {
        states[Int(row)].load(ordering: .acquiring) == RowState.live.rawValue
    }

    /// What a row is.
    @inline(__always)
    func state(of row: UInt32) -> RowState {
        RowState(rawValue: states[Int(row)].load(ordering: .relaxed)) ?? .free
    }

    func setState(of row: UInt32, to state: RowState) {
        states[Int(row)].store(state.rawValue, ordering: .releasing)
    }

    /// The top layer of a node; nil for a row that is not in the graph, but hangs on one that is.
    func level(of row: UInt32) -> Int? { Self.level(fromStored: levels[Int(row)]) }

    /// What an element of `levels` says.
    static func level(fromStored level: UInt8) -> Int? {
        level == duplicateLevel ? nil : Int(level)
    }

    /// Notes that an unpublished row does not enter the graph.
    func setDuplicate(_ row: UInt32) { levels[Int(row)] = Self.duplicateLevel }

    /// The rows in a list, in slot order.
    func neighbors(of row: UInt32, onLayer layer: Int) -> [UInt32] {
        let list = links(of: row, onLayer: layer)
        var rows: [UInt32] = []
        for slot in 0..<slotCount(onLayer: layer) {
            let link = list[slot].load(ordering: .acquiring)
            if link == Self.noLink { break }
            rows.append(link)
        }
        return rows
    }
}

/// The memory behind a `Graph`: reserved once, committed as rows come, freed with the index.
///
/// Thread safety: `makeRoom` is the writer's; see `Graph` for what readers may do.
final class GraphMemory: @unchecked Sendable {
    let graph: Graph
    let capacity: Int
    /// How many blocks of `upperLinks` were ever taken; the writer's own.
    private(set) var upperBlockCount = 0
    /// Of each level, where the blocks of nodes begin whose slots are free; the writer's own.
    private var freeBlocks: [[UInt32]] = Array(
        repeating: [], count: LevelGenerator.maximumLevel + 1)
    private let upperBlockCapacity: Int
    /// The same for everybody.
    private let publishedUpperBlockCount = Atomic<Int>(0)

    private let baseLinks, upperLinks, upperStart, levels, states, duplicates: ReservedMemory

    /// What a row takes beside its links: where its upper lists begin, the next of its chain, its level
    /// and its state.
    static let byteCountPerRow = 2 * MemoryLayout<UInt32>.stride + 2
    /// How many blocks of `upperLinks` were ever taken; for any thread.
    var usedUpperBlocks: Int { publishedUpperBlockCount.load(ordering: .relaxed) }

    init(capacity: Int, maxLinks: Int) throws(MemoryError) {
        self.capacity = capacity
        // The mean level is 1 / (M − 1) ≤ 1; the constant covers the scatter of small indexes.
        upperBlockCapacity = capacity * 2 + 4096
        let word = MemoryLayout<UInt32>.stride
        baseLinks = try ReservedMemory(byteCount: capacity * maxLinks * 2 * word)
        upperLinks = try ReservedMemory(byteCount: upperBlockCapacity * maxLinks * word)
        upperStart = try ReservedMemory(byteCount: capacity * word)
        levels = try ReservedMemory(byteCount: capacity)
        states = try ReservedMemory(byteCount: capacity)
        duplicates = try ReservedMemory(byteCount: capacity * word)
        graph = Graph(
            baseLinks: baseLinks.base.assumingMemoryBound(to: Atomic<UInt32>.self),
            upperLinks: upperLinks.base.assumingMemoryBound(to: Atomic<UInt32>.self),
            upperStart: upperStart.base.assumingMemoryBound(to: UInt32.self),
            levels: levels.base.assumingMemoryBound(to: UInt8.self),
            states: states.base.assumingMemoryBound(to: Atomic<UInt8>.self),
            duplicates: duplicates.base.assumingMemoryBound(to: Atomic<UInt32>.self),
            maxLinks: maxLinks)
    }

    /// Makes an unpublished row live: its level, empty lists on its layers, no duplicates.
    ///
    /// Its vector was written before. No reader knows the row, unless by its number alone.
    ///
    /// - Throws: `HNSWError.capacityExhausted` or `.memoryUnavailable`; nothing changed then.
    func makeRoom(for row: Row, level: Int) throws(HNSWError) {
        let count = Int(row) + 1
        let isBlockFresh = level > 0 && freeBlocks[level].isEmpty
        let blockCount = upperBlockCount + (isBlockFresh ? level : 0)
        guard count <= capacity, blockCount <= upperBlockCapacity else {
            throw .capacityExhausted(capacity: capacity)
        }
        let word = MemoryLayout<UInt32>.stride
        let (base, upper) = (graph.maxLinks * 2, graph.maxLinks)
        do throws(MemoryError) {
            try baseLinks.commit(byteCount: count * base * word)
            try upperLinks.commit(byteCount: blockCount * upper * word)
            try upperStart.commit(byteCount: count * word)
            try levels.commit(byteCount: count)
            try states.commit(byteCount: count)
            try duplicates.commit(byteCount: count * word)
        } catch {
            throw HNSWError(error)
        }
        graph.levels[Int(row)] = UInt8(level)
        graph.upperStart[Int(row)] =
            (level > 0 ? freeBlocks[level].popLast() : nil) ?? UInt32(upperBlockCount)
        upperBlockCount = blockCount
        publishedUpperBlockCount.store(blockCount, ordering: .relaxed)
        graph.duplicates[Int(row)].store(Graph.noLink, ordering: .relaxed)
        for layer in 0...level {
            let list = graph.links(of: row, onLayer: layer)
            for slot in 0..<graph.slotCount(onLayer: layer) {
                list[slot].store(Graph.noLink, ordering: .relaxed)
            }
        }
        graph.setState(of: row, to: .live)
    }

    /// Takes back the lists above layer 0 of a row whose slot no reader knows any more.
    ///
    /// A dead head whose chain went on has left them to the next of the chain.
    func reclaimUpperLinks(of row: Row) {
        guard let level = graph.level(of: row), level > 0, graph.next(of: row) == Graph.noLink
        else {
            return
        }
        freeBlocks[level].append(graph.upperStart[Int(row)])
    }

    /// Makes a restored row, to which nothing leads, one that has no lists.
    func dropLists(of row: Row) {
        graph.duplicates[Int(row)].store(Graph.noLink, ordering: .relaxed)
        reclaimUpperLinks(of: row)
        graph.setDuplicate(row)
    }

    /// Lets a dead head share the lists above layer 0 with the row that took its place.
    func shareUpperLinks(of head: Row, with row: Row) {
        if let level = graph.level(of: head), level > 0 {
            freeBlocks[level].append(graph.upperStart[Int(head)])
        }
        graph.upperStart[Int(head)] = graph.upperStart[Int(row)]
    }
}
