package import Logging
package import Raft
internal import Synchronization

/// A node's Raft log, as its process uses it: opened once, written by one thread.
package final class RaftLog: Sendable {
    /// What was there when it was opened, by group.
    package let restored: [GroupID: StoredLog]
    /// The groups whose log is damaged: their replicas must not vote any more.
    package let damagedGroups: [GroupID]
    private let log: Mutex<SegmentedLog<FileLogDisk>>

    /// Opens the log of a data directory, making it if there is none; blocks while it reads.
    ///
    /// - Parameter segmentByteCount: The size of its files; nil: the usual one.
    package init(
        in directory: DataDirectory, segmentByteCount: Int? = nil, logger: Logger
    ) throws(StorageError) {
        let settings = segmentByteCount.map {
            SegmentedLog<FileLogDisk>.Settings(segmentByteCount: $0)
        }
        var log = try directory.openLog(settings: settings ?? .init(), logger: logger)
        restored = log.restored
        damagedGroups = log.report.damage?.groups ?? []
        log.forgetRestored()
        self.log = Mutex(log)
    }

    /// Writes records and returns once they are durable.
    package func append(_ records: [LogRecord]) throws {
        try log.withLock { log in try log.append(records) }
    }

    /// Ends the log well; nothing may be written afterwards.
    package func seal() throws {
        try log.withLock { log in try log.seal() }
    }
}
