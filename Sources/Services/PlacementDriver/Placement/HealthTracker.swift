package import Protocols

/// What the leading placement driver knows of the workers from their heartbeats: who lives, and what
/// each replica said last.
///
/// Soft state: it is lost with the leadership and found again within a few heartbeats. A value that
/// reads no clock. Whoever begins to lead makes a new one, in which all workers count as alive for as
/// long as a worker may be silent.
///
/// Invariant: nothing is kept of a worker that was not heard of or was forgotten.
package struct HealthTracker: Sendable {
    /// How long a worker may be silent.
    package struct Settings: Sendable, Hashable {
        /// Until it counts as suspect and gets no new replicas: ten missed heartbeats.
        package var maxSilence = Duration.seconds(10)
        /// Until it counts as down and may be replaced: long enough for a machine to start anew.
        package var maxAbsence = Duration.seconds(300)

        /// Makes the usual settings.
        package init() {}
    }

    /// What a silence means.
    package enum Health: String, Sendable, Hashable {
        /// It was heard of lately.
        case alive
        /// It should have been heard of.
        case suspect
        /// It will not come back soon.
        case down
    }

    /// A worker whose health is not what it was.
    package struct Transition: Sendable, Hashable {
        /// The worker.
        package var node: String
        /// What it was.
        package var from: Health
        /// What it is.
        package var to: Health

        /// Makes a transition.
        package init(node: String, from: Health, to: Health) {
            self.node = node
            self.from = from
            self.to = to
        }
    }

    /// The last that was heard of a worker.
    private struct Report {
        var heard: ContinuousClock.Instant
        var health: Health
        var shards: [ShardStatus]
    }

    /// What counts as silence.
    package let settings: Settings
    /// When tracking began: before that nobody could be heard.
    package let start: ContinuousClock.Instant
    // Looked up; what is iterated is sorted first.
    private var reports: [String: Report] = [:]

    /// Begins.
    package init(at start: ContinuousClock.Instant, settings: Settings = Settings()) {
        self.start = start
        self.settings = settings
    }
}

// MARK: - Who lives

extension HealthTracker {
    /// A worker was heard of.
    package mutating func heard(of node: String, at now: ContinuousClock.Instant) {
        var report = reports[node] ?? Report(heard: now, health: .alive, shards: [])
        report.heard = now
        reports[node] = report
    }

    /// A worker has told what it holds.
    package mutating func heard(_ status: WorkerStatus, at now: ContinuousClock.Instant) {
        heard(of: status.node, at: now)
        reports[status.node]?.shards = status.shards
    }

    /// Keeps nothing of other workers than these.
    package mutating func keep(_ nodes: [String]) {
        reports = reports.filter { nodes.contains($0.key) }
    }

    /// What the silence of a worker means.
    package func health(of node: String, at now: ContinuousClock.Instant) -> Health {
        let silence = now - (reports[node]?.heard ?? start)
        if silence <= settings.maxSilence { return .alive }
        return silence <= settings.maxAbsence ? .suspect : .down
    }

    /// Whether a worker counts as alive.
    package func isAlive(_ node: String, at now: ContinuousClock.Instant) -> Bool {
        health(of: node, at: now) == .alive
    }

    /// Which of these workers have another health than when this was asked last.
    package mutating func transitions(
        of nodes: [String], at now: ContinuousClock.Instant
    ) -> [Transition] {
        nodes.compactMap { node in
            let health = health(of: node, at: now)
            let before = reports[node]?.health ?? .alive
            guard health != before else { return nil }
            // Of who was never heard, the silence counts from the beginning on.
            var report = reports[node] ?? Report(heard: start, health: health, shards: [])
            report.health = health
            reports[node] = report
            return Transition(node: node, from: before, to: health)
        }
    }
}

// MARK: - Who leads, and who is behind

/// What the heartbeats say of a shard.
package struct ShardSighting: Sendable, Hashable {
    /// The replica that says of itself that it leads, of the newest term.
    package var leader: ReplicaID?
    /// That leader's worker.
    package var leaderWorker: String?
    /// The newest term.
    package var term: UInt64
    /// The voters, as the leader says.
    package var voters: [ReplicaID]
    /// How many commands each replica has to apply, by replica; without a leader, none.
    package var lags: [ReplicaLag]

    /// A replica and how far it is behind.
    package struct ReplicaLag: Sendable, Hashable {
        /// The replica.
        package var replica: ReplicaID
        /// Its worker.
        package var worker: String
        /// How many committed commands it has not applied.
        package var commandCount: UInt64

        /// Makes a lag.
        package init(replica: ReplicaID, worker: String, commandCount: UInt64) {
            self.replica = replica
            self.worker = worker
            self.commandCount = commandCount
        }
    }
}

extension HealthTracker {
    /// What was heard of a shard from workers that live; nil if nothing.
    package func sighting(
        of shard: ShardID, at now: ContinuousClock.Instant
    ) -> ShardSighting? {
        let statuses = statuses(of: shard, at: now)
        guard !statuses.isEmpty else { return nil }
        let leader = statuses.filter { $0.status.role == .leader }.max {
            $0.status.term < $1.status.term
        }
        let term = statuses.map(\.status.term).max() ?? 0
        let lags = leader.map { leader in
            statuses.map { replica in
                let applied = replica.status.appliedIndex
                return ShardSighting.ReplicaLag(
                    replica: replica.status.replica, worker: replica.worker,
                    commandCount: leader.status.commitIndex
                        - min(applied, leader.status.commitIndex))
            }
        }
        return ShardSighting(
            leader: leader?.status.replica, leaderWorker: leader?.worker, term: term,
            voters: leader?.status.voters ?? [],
            lags: (lags ?? []).sorted { $0.replica < $1.replica })
    }

    private func statuses(
        of shard: ShardID, at now: ContinuousClock.Instant
    ) -> [(worker: String, status: ShardStatus)] {
        reports.keys.sorted().filter { isAlive($0, at: now) }.flatMap { node in
            (reports[node]?.shards ?? []).filter { $0.id == shard }.map { (node, $0) }
        }
    }
}
