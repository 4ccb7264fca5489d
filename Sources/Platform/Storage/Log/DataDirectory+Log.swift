package import Logging

extension DataDirectory {
    /// Opens the node's Raft log, making it if there is none, and logs what is odd about it.
    ///
    /// Blocks: it reads the whole log.
    package func openLog(
        settings: SegmentedLog<FileLogDisk>.Settings = .init(), logger: Logger
    ) throws(StorageError) -> SegmentedLog<FileLogDisk> {
        let log = try SegmentedLog.open(
            on: try FileLogDisk(at: logPath), settings: settings,
            newLogID: .random(in: 1...UInt64.max))
        let report = log.report
        for name in report.ignoredNames {
            logger.warning(
                "A file in the log's directory is not the log's", metadata: ["reason": "\(name)"])
        }
        if report.tornByteCount > 0 {
            logger.info(
                "The last append to the log was cut short, and nobody was told of it",
                metadata: ["bytes": "\(report.tornByteCount)"])
        }
        for place in report.damage?.places ?? [] {
            logger.error(
                "The log is damaged",
                metadata: ["reason": "\(place.reason), in \(place.name) at \(place.offset)"])
        }
        for group in report.damage?.groups ?? [] {
            logger.error(
                "A group's log is damaged: it must be rebuilt as a new peer",
                metadata: ["raft.group": "\(group)"])
        }
        return log
    }
}
