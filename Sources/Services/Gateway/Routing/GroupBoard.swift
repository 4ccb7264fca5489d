/// What a gateway knows of consensus groups: who led each last, and which nodes did not answer
/// lately.
///
/// Hints only: a wrong one costs an attempt. A value that reads no clock.
///
/// Invariant: nothing is kept of groups that ``keep(_:)`` did not name.
package struct GroupBoard<Group: Hashable & Sendable>: Sendable {
    /// The leader of each group, as far as known.
    private var leaders: [Group: String] = [:]
    /// Until when a node that did not answer is asked last.
    private var avoidedUntil: [String: ContinuousClock.Instant] = [:]
    /// Where the next read begins, so that reads are spread over all members.
    private var turn = 0

    /// Makes a board without hints.
    package init() {}

    /// How long a node that did not answer is asked only if all others did not either: about an
    /// election, so that writes do not wait for a leader that has stopped.
    package static var avoidance: Duration { .seconds(3) }

    /// The members that are worth asking, the best first.
    ///
    /// - Parameters:
    ///   - members: All members of the group, the preferred leader first.
    ///   - tried: Those that were asked since the last pause.
    ///   - kind: Writes go to the leader if it is known; reads take turns.
    /// - Returns: None if all that answer at present were asked.
    package func candidates(
        among members: [String], of group: Group, _ kind: RetryPolicy.Kind, tried: [String],
        at now: ContinuousClock.Instant
    ) -> [String] {
        let answering = members.filter { !isAvoided($0, at: now) }
        let untried = (answering.isEmpty ? members : answering).filter { !tried.contains($0) }
        switch kind {
        case .read:
            guard !untried.isEmpty else { return [] }
            let first = turn % untried.count
            return Array(untried[first...] + untried[..<first])
        case .freshRead, .leaderRead, .write, .namedWrite:
            guard let leader = leaders[group], untried.contains(leader) else { return untried }
            return [leader] + untried.filter { $0 != leader }
        }
    }

    /// Another call begins.
    package mutating func takeTurn() { turn = (turn + 1) & 0xffff }

    /// A node has answered, whatever.
    package mutating func answered(_ node: String) { avoidedUntil[node] = nil }

    /// A node has not answered, so that it may lead no more.
    package mutating func silent(_ node: String, at now: ContinuousClock.Instant) {
        avoidedUntil = avoidedUntil.filter { $0.value > now }
        avoidedUntil[node] = now.advanced(by: Self.avoidance)
    }

    /// Who leads a group, as a member says or as a success shows; nil: nobody knows.
    package mutating func note(leader: String?, of group: Group) { leaders[group] = leader }

    /// Forgets all other groups.
    package mutating func keep(_ groups: Set<Group>) {
        leaders = leaders.filter { groups.contains($0.key) }
    }

    private func isAvoided(_ node: String, at now: ContinuousClock.Instant) -> Bool {
        avoidedUntil[node].map { now < $0 } ?? false
    }
}
