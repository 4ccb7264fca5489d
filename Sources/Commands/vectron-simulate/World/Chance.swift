package import Primitives

extension SeededGenerator {
    /// True so often.
    package mutating func chance(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A number of 0 ..< `count`.
    package mutating func below(_ count: Int) -> Int {
        precondition(count > 0, "no number is below \(count)")
        return Int(next() % UInt64(count))
    }

    /// A number of the range.
    package mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// One of these.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// A span whose mean is `mean`, mostly short and now and then long.
    package mutating func span(mean: Int) -> Int {
        // The sum of halvings is a discrete stand-in for the exponential distribution, without the
        // logarithm, whose last bit depends on the machine.
        var span = below(max(1, mean))
        while span < mean * 8, chance(0.5) { span += below(max(1, mean)) }
        return span
    }

    /// The elements in another order.
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        guard elements.count > 1 else { return }
        for index in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(index, below(index + 1))
        }
    }
}
