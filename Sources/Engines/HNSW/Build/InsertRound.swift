/// The rows that a batch insertion adds at once: none of them meets another.
///
/// Thread safety: the leader's, but while a step runs: then all members read it.
struct InsertRound: Sendable {
    /// The rows in the order of their vectors, the first of which is `firstVector` of the batch.
    var rows: [Row]
    let firstVector: Int
    /// How many of the rows are free slots that are used again: they come first.
    let reusedCount: Int
    /// Those that enter the graph.
    var nodes: [Node] = []
    /// Those that do not, with the node that has their vector.
    var duplicates: [(row: Row, head: Row)] = []
    /// The lists that get new links, and where those are in `backLinks`.
    private(set) var targets: [Target] = []
    /// By layer, target and source.
    private var backLinks: [BackLink] = []

    /// A row that enters the graph.
    struct Node: Sendable {
        let row: Row
        let level: Int
        /// Its chosen lists of layers 0...top are those from here on.
        let firstList: Int
        /// The highest layer on which it finds neighbours; -1 if it is alone in the graph.
        let top: Int
    }

    /// A list to which rows of the round want to be added.
    struct Target: Sendable {
        let row: Row
        let layer: Int
        let sources: Range<Int>
    }

    init(rows: [Row], firstVector: Int, reusedCount: Int) {
        self.rows = rows
        self.firstVector = firstVector
        self.reusedCount = reusedCount
    }

    /// The rows that want to be added to a list, in the order of the round.
    func sources(of target: Target) -> some Collection<Row> {
        backLinks[target.sources].lazy.map { nodes[$0.source].row }
    }

    /// Finds the lists that the chosen links of the nodes change.
    mutating func collectTargets(from lists: ChosenLists) {
        for (source, node) in nodes.enumerated() {
            var layer = 0
            while layer <= node.top {
                for target in lists[node.firstList + layer] {
                    backLinks.append(BackLink(layer: layer, target: target, source: source))
                }
                layer += 1
            }
        }
        backLinks.sort()
        var start = 0
        while start < backLinks.count {
            let first = backLinks[start]
            var end = start + 1
            while end < backLinks.count, backLinks[end].list == first.list { end += 1 }
            targets.append(Target(row: first.target, layer: first.layer, sources: start..<end))
            start = end
        }
    }
}

/// A link back to a node of a round, in one word that sorts by layer, target and source.
///
/// ```
///  63    59 58                  29 28                   0
///  │ layer │ row of the target    │ which node links    │
/// ```
private struct BackLink: Comparable {
    private let word: UInt64

    init(layer: Int, target: Row, source: Int) {
        word = UInt64(layer) << 59 | UInt64(target) << 29 | UInt64(source)
    }

    var layer: Int { Int(word >> 59) }
    var target: Row { Row(truncatingIfNeeded: word >> 29 & (1 << 30 - 1)) }
    var source: Int { Int(word & (1 << 29 - 1)) }
    /// Layer and target.
    var list: UInt64 { word >> 29 }

    static func < (first: BackLink, second: BackLink) -> Bool { first.word < second.word }
}
