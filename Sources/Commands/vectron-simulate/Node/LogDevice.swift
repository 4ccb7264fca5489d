import Primitives
package import Raft

/// The disk of one node's logs: what was synced stays through every crash, of what was being
/// written some beginning.
package struct LogDevice {
    /// What is durable, as the records mean it.
    package private(set) var durable = DurableLogs()
    private var random: SeededGenerator

    /// An empty disk.
    init(random: SeededGenerator) { self.random = random }

    /// Writes records and syncs.
    package mutating func append(_ records: [LogRecord]) throws(LogDefect) {
        for record in records { try durable.apply(record) }
    }

    /// The process ends while it writes these.
    package mutating func crash(writing records: [LogRecord]) {
        // What makes no sense is reported when it is written.
        try? append(Array(records.prefix(random.below(records.count + 1))))
    }

    /// What the disk holds when the process begins again.
    package mutating func open() throws(LogDefect) -> DurableLogs { durable }

    /// Everything is gone.
    package mutating func wipe() { durable = DurableLogs() }
}

/// Why a disk of logs is not what it should be.
package struct LogDefect: Error, CustomStringConvertible {
    /// In words.
    package var description: String

    init(_ description: String) { self.description = description }
}
