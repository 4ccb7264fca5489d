/// Which workers were heard of lately: soft state, lost with the process and found again within a
/// few heartbeats.
package struct HealthTracker: Sendable {
    /// How long a worker may be silent: ten missed heartbeats.
    package static let maxSilence = Duration.seconds(10)

    /// When tracking began: before that nobody could be heard.
    private let start: ContinuousClock.Instant
    private var lastHeard: [String: ContinuousClock.Instant] = [:]

    /// Begins; until ``maxSilence`` has passed all workers count as alive.
    package init(at start: ContinuousClock.Instant) { self.start = start }

    /// A worker was heard of.
    package mutating func heard(of node: String, at now: ContinuousClock.Instant) {
        lastHeard[node] = now
    }

    /// Whether a worker counts as alive.
    package func isAlive(_ node: String, at now: ContinuousClock.Instant) -> Bool {
        now - (lastHeard[node] ?? start) <= Self.maxSilence
    }
}
