package import Raft

/// What a node's log has while nobody runs the node: read, and nothing written.
package struct LogInspection: Sendable {
    /// The groups that are whole.
    package let groups: [GroupID: StoredLog]
    /// What else was found.
    package let report: LogReport

    /// Reads the log of a directory; blocks.
    package init(of directory: DataDirectory) throws(StorageError) {
        guard try Files.names(in: directory.path).contains(DataDirectory.logName) else {
            (groups, report) = ([:], LogReport())
            return
        }
        var disk = try FileLogDisk(at: directory.logPath)
        let numbers = try disk.names().compactMap { LogSegment.number(of: $0) }.sorted()
        let replay = try LogReplay(of: numbers, on: &disk)
        (groups, report) = (replay.restored, replay.report)
    }

    /// The groups in order, the damaged ones too.
    package var ids: [GroupID] { (groups.keys + (report.damage?.groups ?? [])).sorted() }
}
