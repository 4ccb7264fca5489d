/// The candidates of a layer search in one sorted array (Algorithm 2's C and W in one).
///
/// The paper keeps two heaps. A node farther than the ef-th best is dropped by both, so one array
/// sorted by distance, with a flag on what was expanded, holds the same; an insert is a binary
/// search and a move of at most 4 KiB, which beats two heaps up to `widthLimit`.
///
/// Rejected candidates (tombstones) take part in the walk but do not count towards ef. Should so
/// many of them lie near the query that the array is full, `overflowed` is set and the caller
/// repeats the search with heaps, which grow.
///
/// Invariants: keys ascend; at most `width` accepted keys; when there are `width` of them, the
/// last key is one; every key before `cursor` is expanded.
struct CandidatePool {
    /// Above this width the heaps win.
    static let widthLimit = 500
    /// Room for candidates, accepted or not.
    static let capacity = 1024

    /// `capacity` keys of memory that the scratch lends.
    let keys: UnsafeMutablePointer<CandidateKey>
    let width: Int
    private(set) var count = 0
    private(set) var acceptedCount = 0
    private var cursor = 0
    private(set) var overflowed = false

    init(keys: UnsafeMutablePointer<CandidateKey>, width: Int) {
        self.keys = keys
        self.width = width
    }

    /// Adds a candidate unless `width` better ones are known.
    @inline(__always)
    mutating func offer(_ key: CandidateKey) {
        if acceptedCount == width, key > keys[count &- 1] { return }
        if count == Self.capacity {
            overflowed = true
            return
        }
        let position = lowerBound(key)
        (keys + position + 1).update(from: keys + position, count: count &- position)
        keys[position] = key
        count &+= 1
        if position < cursor { cursor = position }
        if key.isRejected { return }
        acceptedCount &+= 1
        if acceptedCount >= width { trim() }
    }

    /// Whether a candidate at this distance would be taken.
    @inline(__always)
    func admits(_ key: CandidateKey) -> Bool { acceptedCount < width || key < keys[count &- 1] }

    /// No candidate at this distance or farther is taken, but on a tie.
    @inline(__always)
    var admissionLimit: Float { acceptedCount < width ? .infinity : keys[count &- 1].distance }

    /// Marks the nearest candidate not yet expanded and returns it; nil when the walk is over.
    @inline(__always)
    mutating func next() -> CandidateKey? {
        while cursor < count {
            let key = keys[cursor]
            cursor &+= 1
            if !key.isExpanded {
                keys[cursor &- 1] = key.expanded
                return key
            }
        }
        return nil
    }

    /// The row that `next` would return if nothing nearer comes, and the one after it; for
    /// prefetching.
    @inline(__always)
    func prefetchUpcoming(_ prefetch: (UInt32) -> Void) {
        if cursor < count { prefetch(keys[cursor].row) }
        if cursor &+ 1 < count { prefetch(keys[cursor &+ 1].row) }
    }

    /// Whether a candidate would be one of the next two.
    @inline(__always)
    func isAmongNext(_ key: CandidateKey) -> Bool {
        cursor &+ 1 >= count || key < keys[cursor &+ 1]
    }

    /// Drops what lies behind the `width`-th accepted candidate.
    @inline(__always)
    private mutating func trim() {
        if acceptedCount > width {
            count &-= 1
            acceptedCount &-= 1
        }
        while keys[count &- 1].isRejected { count &-= 1 }
        if cursor > count { cursor = count }
    }

    /// The first position whose key is not below `key`, without branches that depend on keys.
    @inline(__always)
    private func lowerBound(_ key: CandidateKey) -> Int {
        var start = keys
        var length = count
        while length > 1 {
            let half = length >> 1
            start += start[half &- 1] < key ? half : 0
            length &-= half
        }
        return start - keys &+ (length == 1 && start[0] < key ? 1 : 0)
    }
}
