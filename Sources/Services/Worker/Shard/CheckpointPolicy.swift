import Glibc

/// Decides when the graph of a shard is written: a share of what is written anyway, or of the rows
/// that a restart would have to link again.
///
/// Inserts touch chunks all over the graph, so that a checkpoint writes nearly all of it. It is due
/// when so many bytes of points were stored since the last that the graph adds a third to them at
/// most; LevelDB writes both about three times. Points of few bytes would let a restart wait for
/// long: for them the count of changes decides.
package struct CheckpointPolicy: Sendable, Hashable {
    /// How many bytes of points are stored for each byte of the graph.
    package static let pointBytesPerGraphByte = 3
    /// Below so many changes nothing is written while others come: a restart makes up for them in
    /// less than a second.
    package static let minChangeCount = testedChangeCount ?? 10_000
    /// After changes of this share of all rows the graph is written, however few bytes they have.
    package static let changedShare = 2
    /// For how many calls of ``tick(appliedIndex:)`` without a write in between a shard is idle.
    package static let idleTickCount = 5

    /// What `VECTRON_TEST_CHECKPOINT_CHANGES` says, for tests with few points; never in a release.
    private static var testedChangeCount: Int? {
        #if DEBUG
            getenv("VECTRON_TEST_CHECKPOINT_CHANGES").flatMap { Int(String(cString: $0)) }
        #else
            nil
        #endif
    }

    /// How many changes the last checkpoint does not have.
    package private(set) var changeCount = 0
    private var pointByteCount = 0
    private var appliedIndexAtTick: UInt64 = 0
    private var idleTicks = 0

    /// So much has changed: what an opening had to make up for counts, or a process that is restarted
    /// again and again would make up for more each time.
    package init(changeCount: Int = 0) { self.changeCount = changeCount }

    /// Counts changes, and says whether the graph is to be written.
    ///
    /// - Parameters:
    ///   - count: How many points were inserted or removed.
    ///   - byteCount: How many bytes that took in the store.
    ///   - rowCount: How many rows the graph has.
    ///   - graphByteCount: About how many bytes a checkpoint writes.
    package mutating func note(
        _ count: Int, byteCount: Int, rowCount: Int, graphByteCount: Int
    ) -> Bool {
        changeCount += count
        pointByteCount += byteCount
        guard changeCount >= Self.minChangeCount else { return false }
        return pointByteCount >= graphByteCount * Self.pointBytesPerGraphByte
            || changeCount * Self.changedShare >= max(rowCount, Self.minChangeCount * 4)
    }

    /// Says whether a shard that nobody writes to has something to write; called each second.
    package mutating func tick(appliedIndex: UInt64) -> Bool {
        if changeCount == 0 || appliedIndex != appliedIndexAtTick {
            appliedIndexAtTick = appliedIndex
            idleTicks = 0
            return false
        }
        idleTicks += 1
        return idleTicks >= Self.idleTickCount
    }

    /// A checkpoint was copied: what comes now is for the next.
    package mutating func reset() {
        changeCount = 0
        pointByteCount = 0
        idleTicks = 0
    }
}
