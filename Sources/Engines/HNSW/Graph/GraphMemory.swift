import Synchronization
import Vectors

/// The links of a graph, as plain pointers: what the inner loops see.
///
/// ```
///  baseLinks    node 0: 2M slots │ node 1: 2M slots │ …            layer 0
///               a list = rows, then `noLink` in every unused slot
///  upperLinks   block 0: M slots │ block 1: M slots │ …            layers 1, 2, …
///  upperStart   node → block of its layer 1; layer l is block start + l − 1
///               duplicate → the first row with the same vector
///  levels       node → its top layer; duplicate → `duplicateLevel`
///  states       node → 1 if it is a tombstone
///  duplicates   node → the next row with the same vector, or `noLink`
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
/// - Nothing moves and nothing is reused: a row number means the same node for ever.
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

    /// Whether a row is live: inserted, and not a tombstone.
    @inline(__always)
    func isLive(_ row: UInt32) -> Bool { states[Int(row)].load(ordering: .relaxed) == 0 }

    /// The top layer of a node; nil for a row that is not in the graph, but hangs on one that is.
    func level(of row: UInt32) -> Int? {
        let level = levels[Int(row)]
        return level == Self.duplicateLevel ? nil : Int(level)
    }

    /// The row that stands in the graph for a row: itself, or the first with its vector.
    @inline(__always)
    func head(of row: UInt32) -> UInt32 {
        levels[Int(row)] == Self.duplicateLevel ? upperStart[Int(row)] : row
    }

    /// Notes that an unpublished row has the vector of an earlier one.
    func setDuplicate(_ row: UInt32, of first: UInt32) {
        levels[Int(row)] = Self.duplicateLevel
        upperStart[Int(row)] = first
    }

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
    /// How many blocks of `upperLinks` are taken; the writer's own.
    private(set) var upperBlockCount = 0
    private let upperBlockCapacity: Int

    private let baseLinks, upperLinks, upperStart, levels, states, duplicates: ReservedMemory

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

    /// Writes an unpublished node: its level, empty lists on its layers, no duplicates.
    ///
    /// - Throws: `HNSWError.capacityExhausted` or `.memoryUnavailable`; nothing changed then.
    func makeRoom(for row: Row, level: Int) throws(HNSWError) {
        let count = Int(row) + 1
        guard count <= capacity, upperBlockCount + level <= upperBlockCapacity else {
            throw .capacityExhausted(capacity: capacity)
        }
        let word = MemoryLayout<UInt32>.stride
        let (base, upper) = (graph.maxLinks * 2, graph.maxLinks)
        do throws(MemoryError) {
            try baseLinks.commit(byteCount: count * base * word)
            try upperLinks.commit(byteCount: (upperBlockCount + level) * upper * word)
            try upperStart.commit(byteCount: count * word)
            try levels.commit(byteCount: count)
            try states.commit(byteCount: count)
            try duplicates.commit(byteCount: count * word)
        } catch {
            throw .memoryUnavailable(byteCount: error.byteCount, errorNumber: error.errorNumber)
        }
        graph.levels[Int(row)] = UInt8(level)
        graph.upperStart[Int(row)] = UInt32(upperBlockCount)
        upperBlockCount += level
        graph.states[Int(row)].store(0, ordering: .relaxed)
        graph.duplicates[Int(row)].store(Graph.noLink, ordering: .relaxed)
        for layer in 0...level {
            let list = graph.links(of: row, onLayer: layer)
            for slot in 0..<graph.slotCount(onLayer: layer) {
                list[slot].store(Graph.noLink, ordering: .relaxed)
            }
        }
    }
}
