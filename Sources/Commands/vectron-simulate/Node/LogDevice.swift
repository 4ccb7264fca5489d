import Primitives
package import Raft

/// The disk of one node's logs: what was synced stays through every crash, of what was being
/// written some beginning.
package struct LogDevice {
    /// What is durable, as the records mean it.
    package private(set) var durable = DurableLogs()
    private var random: SeededGenerator

    /// An empty disk.
    package init(random: SeededGenerator) { self.random = random }

    /// Writes records and syncs.
    ///
    /// - Returns: What is wrong with them, or nil.
    package mutating func append(_ records: [LogRecord]) -> String? {
        for record in records {
            if let defect = durable.apply(record) { return defect }
        }
        return nil
    }

    /// The process ends while it writes these.
    package mutating func crash(writing records: [LogRecord]) -> String? {
        append(Array(records.prefix(random.below(records.count + 1))))
    }

    /// What the disk holds when the process begins again.
    package mutating func open() -> DurableLogs { durable }

    /// Everything is gone.
    package mutating func wipe() { durable = DurableLogs() }
}
