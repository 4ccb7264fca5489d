/// What was found out, for a while: each value until its own instant, and no more than `capacity`.
///
/// Pure. Of too many the oldest goes. *Invariant*: each entry's number is in `order`, after `head`.
package struct ExpiringTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var expiresAt: ContinuousClock.Instant
        var number: UInt64
    }

    private var entries: [Key: Entry] = [:]
    /// In the order of insertion; an entry that was replaced has another number by now.
    private var order: [(key: Key, number: UInt64)] = []
    private var head = 0
    private var nextNumber: UInt64 = 0
    private let capacity: Int

    /// Makes an empty table.
    package init(capacity: Int) {
        precondition(capacity > 0, "a table without room remembers nothing")
        self.capacity = capacity
    }

    /// How many values there are, expired ones as well.
    package var count: Int { entries.count }

    /// The value, if it holds still.
    package func value(of key: Key, at now: ContinuousClock.Instant) -> Value? {
        guard let entry = entries[key], now < entry.expiresAt else { return nil }
        return entry.value
    }

    /// Remembers a value until an instant.
    package mutating func insert(
        _ value: Value, for key: Key, until end: ContinuousClock.Instant
    ) {
        if entries[key] == nil {
            while entries.count >= capacity { removeOldest() }
        }
        entries[key] = Entry(value: value, expiresAt: end, number: nextNumber)
        order.append((key, nextNumber))
        nextNumber += 1
        // One key that is inserted over and over leaves its old places behind.
        while order.count - head > 2 * capacity { removeOldest() }
    }

    /// Forgets a value.
    package mutating func remove(_ key: Key) { entries[key] = nil }

    /// Forgets all.
    package mutating func removeAll() {
        entries = [:]
        order = []
        head = 0
    }

    private mutating func removeOldest() {
        guard head < order.count else { return }
        let (key, number) = order[head]
        head += 1
        if entries[key]?.number == number { entries[key] = nil }
        if head > capacity {
            order.removeFirst(head)
            head = 0
        }
    }
}
