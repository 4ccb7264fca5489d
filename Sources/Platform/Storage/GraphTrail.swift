internal import Raft

/// How some rows were linked when they were inserted, so that a restart can insert them again
/// without looking for their neighbours.
///
/// Advice only: without it, or with half of it, the same points are found.
///
/// | size | meaning |
/// |---|---|
/// | 4 | count of rows |
/// | | of each row: row 4, layer count 1, of each layer: link count 1, the linked rows 4 each |
/// | 4 | CRC-32C of all bytes before |
///
/// Numbers are little-endian. Rows are those of the store: slots may be others after a restart.
struct GraphTrail: Hashable, Sendable {
    /// One inserted row.
    struct Step: Hashable, Sendable {
        var row: UInt32
        /// The rows that it was linked to, on each layer from 0 on; none for a duplicate.
        var layers: [[UInt32]]
    }

    /// After so many rows their trail is written: what a crash makes slow again, at most.
    static let stepLimit = 64

    var steps: [Step] = []

    init() {}

    init?(bytes: [UInt8]) {
        do throws(ByteError) {
            guard var reader = SealedBytes.reader(of: bytes) else { return nil }
            for _ in 0..<(try reader.readCount(ofElementsOf: 5)) {
                var step = Step(row: try reader.read(UInt32.self), layers: [])
                for _ in 0..<(try reader.read(UInt8.self)) {
                    var links: [UInt32] = []
                    for _ in 0..<(try reader.read(UInt8.self)) {
                        links.append(try reader.read(UInt32.self))
                    }
                    step.layers.append(links)
                }
                steps.append(step)
            }
            try reader.finish()
        } catch {
            return nil
        }
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(reservingCapacity: steps.count * 96)
        writer.write(count: steps.count)
        for step in steps {
            writer.write(step.row)
            writer.write(UInt8(step.layers.count))
            for links in step.layers {
                writer.write(UInt8(links.count))
                for link in links { writer.write(link) }
            }
        }
        return SealedBytes.sealed(writer.bytes)
    }
}
