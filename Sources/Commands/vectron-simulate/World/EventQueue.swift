/// What is going to happen, the earliest first; of two at one instant, the one that was added first.
///
/// A binary heap: `items[i]` is before `items[2i + 1]` and `items[2i + 2]`.
package struct EventQueue<Event> {
    private struct Item {
        var time: Time
        var number: UInt64
        var event: Event

        func isBefore(_ other: Item) -> Bool {
            time != other.time ? time < other.time : number < other.number
        }
    }

    private var items: [Item] = []
    private var nextNumber: UInt64 = 0

    /// Nothing is going to happen.
    package init() {}

    /// How much is going to happen.
    package var count: Int { items.count }

    /// Adds what happens at an instant.
    ///
    /// - Complexity: O(log count).
    package mutating func add(_ event: Event, at time: Time) {
        items.append(Item(time: time, number: nextNumber, event: event))
        nextNumber += 1
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].isBefore(items[parent]) else { return }
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes what happens next.
    ///
    /// - Complexity: O(log count).
    package mutating func next() -> (time: Time, event: Event)? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return (first.time, first.event) }
        items[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < items.count else { break }
            if child + 1 < items.count, items[child + 1].isBefore(items[child]) { child += 1 }
            guard items[child].isBefore(items[parent]) else { break }
            items.swapAt(child, parent)
            parent = child
        }
        return (first.time, first.event)
    }
}

/// Virtual microseconds since the beginning of the world.
package typealias Time = Int

/// How long a tick of the Raft clock is: 1,000 units.
package let tickLength: Time = 1_000
