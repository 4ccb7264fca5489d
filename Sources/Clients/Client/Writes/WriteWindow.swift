package import Protocols

/// The names of a client's writes in one session.
///
/// Writes end in any order; the watermark is the largest number below which all have ended, so that
/// the shards may forget their results. A value without input or output.
///
/// Invariant: `acknowledged` < each of `ended` < `next`, and `acknowledged + 1` is not in `ended`.
package struct WriteWindow: Sendable, Hashable {
    /// The session, as the shards of its collection call it.
    package let session: CollectionSession
    /// The number of the next write.
    private var next: UInt64 = 1
    /// All writes up to here have ended.
    private var acknowledged: UInt64 = 0
    /// Those behind it that have ended too.
    private var ended: Set<UInt64> = []

    /// How many writes may begin after the oldest that is under way; see `Protocols/bridge.md`.
    package static let maxCount: UInt64 = 1_000

    /// Makes the names of a session that was opened.
    package init(_ session: CollectionSession) { self.session = session }

    /// Names a write; nil while too many were begun since the oldest that is under way.
    package mutating func begin() -> WriteName? {
        guard next - acknowledged <= Self.maxCount else { return nil }
        defer { next += 1 }
        return WriteName(session: session, sequence: next, acknowledged: acknowledged)
    }

    /// A write will not be sent again: it was answered, or given up.
    package mutating func end(_ sequence: UInt64) {
        guard sequence > acknowledged, sequence < next else { return }
        ended.insert(sequence)
        while ended.remove(acknowledged + 1) != nil { acknowledged += 1 }
    }
}
