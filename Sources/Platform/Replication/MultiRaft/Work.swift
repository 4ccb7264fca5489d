package import Raft

/// What the groups of a node want done, gathered since the last ``MultiRaft/takeWork()``.
///
/// In any order and at the same time; ``records`` in the order of the calls. When the records are
/// durable call ``MultiRaft/persisted(_:)`` with ``writes``.
package struct Work: Sendable {
    /// What has to become durable, all in one sync.
    package var records: [LogRecord] = []
    /// Which writes of which groups the records are.
    package var writes: [GroupWrite] = []
    /// What to say to which node, in the order of nodes.
    package var outgoing: [NodeMessages] = []
    /// What to apply.
    package var applies: [Apply] = []
    /// What became of reads.
    package var reads: [GroupRead] = []
    /// What to do for snapshots.
    package var snapshots: [SnapshotStep] = []
    /// The groups whose state machine is to be synced, and then ``MultiRaft/madeDurable(_:through:)``.
    package var syncs: [GroupID] = []
    /// The groups whose role, term or leader has changed.
    package var statuses: [GroupStatus] = []

    /// A write of a group's core.
    package struct GroupWrite: Sendable, Hashable {
        package var group: GroupID
        /// Whose write it is: a group may have been given up and begun anew as another peer.
        package var peer: PeerID
        package var number: UInt64
    }

    /// Committed entries of a group, in order.
    package struct Apply: Sendable, Hashable {
        package var group: GroupID
        package var entries: [Entry]
    }

    /// What became of a read of a group.
    package struct GroupRead: Sendable, Hashable {
        package var group: GroupID
        package var result: ReadResult
    }

    /// What a peer of a group is from now on.
    package struct GroupStatus: Sendable, Hashable {
        package var group: GroupID
        package var status: Status
    }

    /// Nothing to do.
    package init() {}

    /// Whether there is nothing.
    package var isEmpty: Bool {
        records.isEmpty && writes.isEmpty && outgoing.isEmpty && applies.isEmpty && reads.isEmpty
            && snapshots.isEmpty && syncs.isEmpty && statuses.isEmpty
    }
}

/// A message of a group.
package struct GroupMessage: Sendable, Hashable {
    /// The group.
    package var group: GroupID
    /// What one of its peers tells another.
    package var message: Message

    /// Makes a message of a group.
    package init(group: GroupID, message: Message) {
        self.group = group
        self.message = message
    }
}

/// Messages of any groups for one node.
package struct NodeMessages: Sendable, Hashable {
    /// Which way they go.
    package enum Lane: UInt8, Sendable, Hashable, CaseIterable {
        /// Small and urgent: votes, heartbeats, answers.
        case control
        /// Entries and snapshots, which must not be in the way of a heartbeat.
        case bulk
    }

    /// Whom they are for.
    package var node: String
    /// Which way they go.
    package var lane: Lane
    /// The messages; may be none: then the node only shows that it lives.
    package var messages: [GroupMessage]

    /// Gathers messages.
    package init(node: String, lane: Lane, messages: [GroupMessage]) {
        self.node = node
        self.lane = lane
        self.messages = messages
    }
}

/// A step of a snapshot that the driver takes, since it needs a state machine or a disk.
package enum SnapshotStep: Sendable, Hashable {
    /// Begin to read a snapshot of the state machine for a peer; then call
    /// ``MultiRaft/snapshotOpened(_:stream:base:)``.
    case open(GroupID, stream: UInt64)
    /// Read the next part; then call ``MultiRaft/chunkRead(_:stream:bytes:isLast:)``.
    case read(GroupID, stream: UInt64, maxByteCount: Int)
    /// The snapshot is not needed any more.
    case close(GroupID, stream: UInt64)
    /// Keep a part that has come; the first one begins anew. Then call
    /// ``MultiRaft/chunkStored(_:stream:)``.
    case store(GroupID, stream: UInt64, bytes: [UInt8], isFirst: Bool)
    /// Make the state machine that of the snapshot, durably and all at once, and then call
    /// ``MultiRaft/snapshotInstalled(_:stream:)``.
    case install(GroupID, stream: UInt64, base: LogBase)
}
