package import Raft

/// How the groups of a node behave.
///
/// Times are in ticks; the engine decides how long one is.
package struct ReplicationSettings: Sendable, Hashable {
    /// How each group behaves.
    package var raft = Settings()
    /// The log of a group is cut once it has so many entries behind what is on the state machine's
    /// disk.
    package var maxLogEntryCount = 16_384
    /// The log of a group is cut once it has so many bytes: 16 MiB.
    package var maxLogByteCount = 16 << 20
    /// How many applied entries are kept, so that a peer that was away for a moment needs no
    /// snapshot.
    package var trailingEntryCount: UInt64 = 4096
    /// A log of so many bytes is cut even if a living peer still needs it: 64 MiB.
    package var hardMaxLogByteCount = 64 << 20
    /// The most snapshots that a node sends at a time.
    package var maxSnapshotCount = 2
    /// The most bytes of one part of a snapshot: 1 MiB.
    package var snapshotChunkByteCount = 1 << 20
    /// How often a part of a snapshot is sent again before it is given up.
    package var maxSnapshotTryCount = 10
    /// The most groups whose clock a lost node starts in one tick: a thousand elections at once
    /// would take long together.
    package var maxWakeCount = 64

    /// The defaults.
    package init() { raft.quiesceTickCount = 50 }
}
