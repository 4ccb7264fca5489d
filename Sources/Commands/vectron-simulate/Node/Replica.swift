import Primitives
package import Raft

/// What a driver keeps for one group of a running process, beside what `MultiRaft` knows.
package final class Replica {
    /// The group.
    package let group: GroupID
    /// Which peer of the group it is.
    package let peer: PeerID
    /// What the state machine is to do, one after the other.
    package var jobs: [Job] = []
    /// Whether an event will do the first.
    package var isBusy = false
    /// Who waits for what is proposed; only looked up.
    package var proposals: [LogIndex: Proposal] = [:]
    /// Who waits until the index is applied.
    package var waiting: [(index: LogIndex, request: Request)] = []
    /// The snapshots that are being read, in the order in which they were opened.
    package var sources: [Source] = []
    /// The parts of the snapshot that is coming in.
    package var parts: [UInt8] = []
    /// What the oracle saw last.
    package var seen: Seen

    /// Something that a state machine does.
    package enum Job {
        /// Applies entries.
        case apply([Entry])
        /// Makes itself durable.
        case sync
        /// Keeps a part of a snapshot.
        case store(stream: UInt64, bytes: [UInt8], isFirst: Bool)
        /// Becomes what the parts say.
        case install(stream: UInt64, LogBase)
        /// Begins to read a snapshot.
        case open(stream: UInt64)
        /// Reads on.
        case read(stream: UInt64, maxByteCount: Int)
    }

    /// A snapshot that is being read.
    package struct Source {
        var stream: UInt64
        var bytes: [UInt8]
        var offset = 0
    }

    /// A proposal whose client waits.
    package struct Proposal {
        var term: Term
        var request: Request
    }

    /// What the oracle saw of the core after the last step.
    package struct Seen {
        var term: Term
        var commit: LogIndex
        var role: Status.Role

        package init(term: Term, commit: LogIndex, role: Status.Role) {
            self.term = term
            self.commit = commit
            self.role = role
        }
    }

    init(group: GroupID, core: Core) {
        self.group = group
        peer = core.id
        seen = Seen(term: core.hardState.term, commit: core.commitIndex, role: .follower)
    }
}
