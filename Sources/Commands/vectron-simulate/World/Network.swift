import Primitives

/// Which messages arrive, and when.
package struct Network: Sendable {
    /// The way from one node to another.
    private struct Link: Sendable {
        var isCut = false
    }

    private let nodeCount: Int
    private var links: [Link]
    /// By how much each node's messages are late.
    private var slowness: [Time]
    private var loss: Double
    private var duplication: Double
    private var straggling: Double
    private let latency: Int
    private var random: SeededGenerator

    init(_ plan: Plan) {
        nodeCount = plan.nodeCount
        links = Array(repeating: Link(), count: plan.nodeCount * plan.nodeCount)
        slowness = Array(repeating: 0, count: plan.nodeCount)
        loss = plan.loss
        duplication = plan.duplication
        straggling = plan.straggling
        latency = plan.latency
        random = SeededGenerator(seed: plan.seed).split("network")
    }

    /// After how long a message arrives: never, once or twice.
    mutating func delays(from sender: Int, to recipient: Int) -> (Time?, Time?) {
        guard !links[sender * nodeCount + recipient].isCut else { return (nil, nil) }
        if random.chance(loss) { return (nil, nil) }
        let first = delay() + slowness[sender] + slowness[recipient]
        guard random.chance(duplication) else { return (first, nil) }
        return (first, first + delay())
    }

    /// After how long a message between a client and a node arrives, if it does.
    mutating func clientDelay(of node: Int) -> Time? {
        random.chance(loss) ? nil : delay() + slowness[node]
    }

    private mutating func delay() -> Time {
        var delay = latency / 2 + random.below(latency + 1)
        if random.chance(straggling) { delay += random.span(mean: 8 * tickLength) }
        return delay
    }

    // MARK: Faults

    mutating func cut(from sender: Int, to recipient: Int) {
        links[sender * nodeCount + recipient].isCut = true
    }

    mutating func cutBoth(_ one: Int, _ other: Int) {
        cut(from: one, to: other)
        cut(from: other, to: one)
    }

    mutating func isolate(_ node: Int) {
        for other in 0..<nodeCount where other != node { cutBoth(node, other) }
    }

    mutating func slow(_ node: Int, by delay: Time) { slowness[node] = delay }

    /// All links work again; messages are lost and late as before.
    mutating func join() {
        for index in links.indices { links[index].isCut = false }
        for node in slowness.indices { slowness[node] = 0 }
    }

    /// Nothing goes wrong any more.
    mutating func heal() {
        join()
        loss = 0
        duplication = 0
        straggling = 0
    }
}
