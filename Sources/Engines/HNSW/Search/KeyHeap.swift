/// A binary heap of words, the smallest first, in memory that it owns and keeps between searches.
///
/// For a largest-first heap push the complements of the keys.
struct KeyHeap: ~Copyable {
    private var keys: UnsafeMutablePointer<UInt64>
    private var capacity = 256
    private(set) var count = 0

    init() { keys = .allocate(capacity: capacity) }

    deinit { keys.deallocate() }

    /// The smallest key; the heap is not empty.
    var first: UInt64 { keys[0] }

    mutating func removeAll() { count = 0 }

    mutating func push(_ key: UInt64) {
        if count == capacity { grow() }
        var hole = count
        count &+= 1
        while hole > 0 {
            let parent = (hole &- 1) >> 1
            if keys[parent] <= key { break }
            keys[hole] = keys[parent]
            hole = parent
        }
        keys[hole] = key
    }

    mutating func popFirst() -> UInt64? {
        if count == 0 { return nil }
        let first = keys[0]
        count &-= 1
        let last = keys[count]
        var hole = 0
        while true {
            var child = hole &* 2 &+ 1
            if child >= count { break }
            if child &+ 1 < count, keys[child &+ 1] < keys[child] { child &+= 1 }
            if last <= keys[child] { break }
            keys[hole] = keys[child]
            hole = child
        }
        keys[hole] = last
        return first
    }

    /// Empties the heap and returns what was in it, the largest first, in the heap's own memory:
    /// to be read before the next push.
    ///
    /// With complements in the heap, that is the complements of the keys, nearest first.
    mutating func drainDescending() -> UnsafeMutablePointer<UInt64> {
        // A heap sort: each smallest key goes to the place that its removal frees at the end.
        for end in stride(from: count &- 1, through: 0, by: -1) {
            guard let first = popFirst() else { break }
            keys[end] = first
        }
        return keys
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        larger.update(from: keys, count: count)
        keys.deallocate()
        keys = larger
        capacity *= 2
    }
}
