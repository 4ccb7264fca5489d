package import Protocols

/// The names of a gateway's writes to one shard, in one session.
///
/// Writes end in any order; the watermark is the largest number below which all have ended, so that
/// the shard may forget their results. A value without input or output.
///
/// Invariant: `acknowledged` < each of `ended` < `next`, and `acknowledged + 1` is not in `ended`.
package struct WriteSession: Sendable, Hashable {
    /// The session's number at the shard.
    package let number: UInt64
    /// The number of the next write.
    private var next: UInt64 = 1
    /// All writes up to here have ended.
    private var acknowledged: UInt64 = 0
    /// Those behind it that have ended too.
    private var ended: Set<UInt64> = []

    /// The most numbers between the watermark and the next write: what a shard keeps results of.
    package static let maxWindow: UInt64 = 4_096

    /// Makes a session that the shard has opened.
    package init(number: UInt64) { self.number = number }

    /// Names a write; nil while too many writes since the oldest that is under way were begun.
    package mutating func begin() -> WriteID? {
        guard next - acknowledged <= Self.maxWindow else { return nil }
        defer { next += 1 }
        return WriteID(session: number, sequence: next, acknowledged: acknowledged)
    }

    /// A write will not be sent again: it was answered, or given up.
    package mutating func end(_ sequence: UInt64) {
        guard sequence > acknowledged, sequence < next else { return }
        ended.insert(sequence)
        while ended.remove(acknowledged + 1) != nil { acknowledged += 1 }
    }
}
