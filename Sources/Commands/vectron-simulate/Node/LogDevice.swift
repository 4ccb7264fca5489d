package import Primitives
package import Raft
import Storage

/// The production log of one node on a simulated disk, beside what it must hold.
///
/// What was synced stays through every crash; what was being written is there or not, as a whole.
package final class LogDevice {
    /// What is durable, as the records mean it.
    package private(set) var durable = DurableLogs()
    /// What may be durable instead: the process ended while it was being written.
    private var possible: DurableLogs?
    private let disk: SimulatedDisk
    private var log: SegmentedLog<SimulatedDisk>?
    private var random: SeededGenerator
    /// Whether bits have flipped, so that places are damaged which nobody needs.
    private var hasFlipped = false

    /// Small files, so that there are many.
    private static let segmentByteCount = 4 << 10

    /// An empty disk.
    package init(random: SeededGenerator) {
        self.random = random
        disk = SimulatedDisk(random: random.split("disk"))
    }

    /// Writes records and syncs.
    package func append(_ records: [LogRecord]) throws {
        for record in records { try durable.apply(record) }
        try log?.append(records)
    }

    /// The process ends while it writes these.
    package func crash(writing records: [LogRecord]) {
        if !records.isEmpty {
            var next = durable
            // What makes no sense is reported when it is written in full.
            guard (try? records.forEach { try next.apply($0) }) != nil else { return }
            possible = next
            disk.losePower(in: random.below(8))
            // Whether the power went before the end shows when the log is read again.
            _ = try? log?.append(records)
        }
        log = nil
        disk.restart()
    }

    /// What the disk holds when the process begins again.
    package func open() throws -> DurableLogs {
        if random.chance(0.2) {
            // The power goes again while the log is opened.
            disk.losePower(in: random.below(8))
            _ = try? openLog()
            log = nil
            disk.restart()
        }
        try openLog()
        if let damage = log?.report.damage, !hasFlipped {
            throw LogDefect("nothing was damaged, it says \(damage)")
        }
        let found = log?.restored ?? [:]
        if let possible, possible.logs == found { durable = possible }
        possible = nil
        guard found == durable.logs else {
            throw LogDefect(
                """
                the disk holds \(found) instead of \(durable.logs); it says \
                \(log?.report ?? LogReport())
                """)
        }
        return durable
    }

    private func openLog() throws {
        log = try SegmentedLog.open(
            on: disk, settings: .init(segmentByteCount: Self.segmentByteCount),
            newLogID: random.next() | 1)
    }

    /// Some bits flip while the process is down; what is lost by it is found at once.
    ///
    /// - Returns: The groups that are lost.
    /// - Throws: If the log takes for sound what is not.
    package func corrupt() throws -> [GroupID] {
        // Behind the frame that an opened log writes all damage is seen.
        _ = try open()
        log = nil
        disk.flipBits()
        hasFlipped = true
        do {
            try openLog()
        } catch {
            // Nothing can be said of it any more, and nothing is.
            let lost = durable.groups
            wipe()
            return lost
        }
        guard let restored = log?.restored else { return [] }
        var lost: [GroupID] = []
        for group in durable.groups {
            if let found = restored[group] {
                guard found == durable[group] else {
                    throw LogDefect("damage of group \(group) was not seen")
                }
            } else {
                lost.append(group)
            }
        }
        let damaged = log?.report.damage?.groups ?? []
        try log?.append(lost.filter { damaged.contains($0) }.map { .remove($0) })
        for group in lost { try durable.apply(.remove(group)) }
        log = nil
        return lost
    }

    /// Everything is gone.
    package func wipe() {
        log = nil
        durable = DurableLogs()
        possible = nil
        hasFlipped = false
        disk.wipe()
    }
}

/// Why a disk of logs is not what it should be.
package struct LogDefect: Error, CustomStringConvertible {
    /// In words.
    package var description: String

    init(_ description: String) { self.description = description }
}
