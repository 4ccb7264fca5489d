import Primitives
import Protocols
import Raft
import Worker

/// Whose write an entry is, and which: a retry has the numbers of the first attempt.
package struct CommandHeader: Sendable, Hashable {
    /// The session.
    package var session: UInt64
    /// Counts the writes of the session.
    package var sequence: UInt64

    init(session: UInt64, sequence: UInt64) {
        self.session = session
        self.sequence = sequence
    }

    /// The header of an entry of a shard, if it is a write of a session.
    init?(of entry: Entry) {
        // A catalog's command is no entry of a shard, which is no error.
        guard case .command(let bytes) = entry.content, let entry = try? ShardEntry(bytes: bytes),
            let write = entry.write
        else { return nil }
        self.init(session: write.session, sequence: write.sequence)
    }
}

/// What a command came to; of a session that was opened it is its number.
package enum CommandResult {
    /// It was done.
    package static let done: UInt64 = 1
    /// It was refused and has changed nothing.
    package static let refused: UInt64 = 3
    /// The session has sent a newer one since; nobody knows any more.
    package static let expired = UInt64.max
}
