import Vectors

/// The nearest rows within a radius that a search has met, at most `limit`.
///
/// Owns its memory, since the rows may be many; one lives as long as one range search.
struct RangeCollection: ~Copyable {
    let radius: Float
    let limit: Int
    /// The complements of the keys: the farthest first.
    private var complements = KeyHeap()
    private(set) var isTruncated = false

    init(radius: Float, limit: Int) {
        self.radius = radius
        self.limit = limit
    }

    /// Adds a row if it is within the radius.
    mutating func add(_ key: CandidateKey) {
        if key.isRejected || !(key.distance <= radius) { return }
        complements.push(~(key & ~1))
        if complements.count > limit {
            _ = complements.popFirst()
            isTruncated = true
        }
    }

    /// No row farther than this will be kept.
    var reach: Float { isTruncated ? (~complements.first).distance : radius }

    /// The rows, nearest first, in the collection's own memory.
    mutating func drain() -> UnsafeBufferPointer<CandidateKey> {
        let count = complements.count
        let keys = complements.drainDescending()
        for index in 0..<count { keys[index] = ~keys[index] }
        return UnsafeBufferPointer(start: keys, count: count)
    }
}

extension Walk {
    /// Algorithm 2 that does not end before its nearest candidate is outside `frontier`.
    func collect(
        _ range: inout RangeCollection, from entry: EntryPoint, _ sample: AcceptedSample,
        frontier: Float, ef: Int
    ) {
        withStarts(from: entry, sample) { starts in
            beginHeaps()
            for start in starts where scratch.visited.pointee.insert(start.row) {
                let key = key(start.row, start.distance)
                range.add(key)
                offer(key, ef: ef)
            }
            while let nearest = scratch.candidates.pointee.popFirst() {
                let isWithin = nearest.distance <= min(frontier, range.reach)
                if !isWithin, isOver(nearest, ef: ef) { break }
                forEachDuplicate(of: nearest.row) { row in
                    if acceptance.accepts(row) {
                        range.add(CandidateKey(distance: nearest.distance, row: row))
                    }
                }
                let count = gather(nearest.row, layer: 0, &scratch.visited.pointee)
                let limit = max(frontier.nextUp, admissionLimit(ef: ef))
                scorer.score(scratch.batch, count: count, below: limit, into: scratch.distances)
                for index in 0..<count {
                    let key = key(scratch.batch[index], scratch.distances[index])
                    range.add(key)
                    if key.distance <= frontier {
                        scratch.candidates.pointee.push(key)
                        accept(key, ef: ef)
                    } else {
                        offer(key, ef: ef)
                    }
                }
            }
        }
    }
}
