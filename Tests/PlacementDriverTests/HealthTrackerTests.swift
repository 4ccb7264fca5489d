import PlacementDriver
import Primitives
import Protocols
import Testing

@Suite struct `The health of workers` {
    private let start = ContinuousClock.now

    private func tracker() -> HealthTracker { HealthTracker(at: start) }

    @Test func `counts all as alive at first`() {
        let health = tracker()
        #expect(health.isAlive("w1", at: start + .seconds(10)))
        #expect(!health.isAlive("w1", at: start + .seconds(11)))
    }

    @Test func `counts a silent worker as gone, and as alive when it is heard again`() {
        var health = tracker()
        health.heard(of: "w1", at: start + .seconds(20))
        #expect(health.isAlive("w1", at: start + .seconds(30)))
        #expect(!health.isAlive("w1", at: start + .seconds(31)))
        health.heard(of: "w1", at: start + .seconds(40))
        #expect(health.isAlive("w1", at: start + .seconds(41)))
    }

    @Test func `suspects before it gives up`() {
        var settings = HealthTracker.Settings()
        (settings.maxSilence, settings.maxAbsence) = (.seconds(2), .seconds(5))
        var health = HealthTracker(at: start, settings: settings)
        health.heard(of: "w1", at: start + .seconds(10))
        #expect(health.health(of: "w1", at: start + .seconds(12)) == .alive)
        #expect(health.health(of: "w1", at: start + .seconds(13)) == .suspect)
        #expect(health.health(of: "w1", at: start + .seconds(16)) == .down)
    }

    @Test func `tells each change once`() {
        var health = tracker()
        health.heard(of: "w1", at: start)
        #expect(health.transitions(of: ["w1", "w2"], at: start + .seconds(5)) == [])
        let later = start + .seconds(20)
        #expect(
            health.transitions(of: ["w1", "w2"], at: later) == [
                .init(node: "w1", from: .alive, to: .suspect),
                .init(node: "w2", from: .alive, to: .suspect),
            ])
        #expect(health.transitions(of: ["w1", "w2"], at: later) == [])
        health.heard(of: "w2", at: later)
        #expect(
            health.transitions(of: ["w1", "w2"], at: start + .seconds(301)) == [
                .init(node: "w1", from: .suspect, to: .down)
            ])
        health.heard(of: "w1", at: start + .seconds(302))
        #expect(
            health.transitions(of: ["w1"], at: start + .seconds(302)) == [
                .init(node: "w1", from: .down, to: .alive)
            ])
    }

    private func status(
        _ node: String, _ replica: ReplicaID, _ role: ReplicaRole, term: UInt64, applied: UInt64
    ) -> WorkerStatus {
        WorkerStatus(
            node: node, epoch: 1,
            shards: [
                ShardStatus(
                    id: 5, replica: replica, role: role, term: term, voters: [1, 2, 3],
                    pointCount: 0, commitIndex: 100, appliedIndex: applied)
            ])
    }

    @Test func `knows who leads a shard, and who is behind`() {
        var health = tracker()
        #expect(health.sighting(of: 5, at: start) == nil)
        health.heard(status("w3", 3, .follower, term: 4, applied: 40), at: start)
        #expect(health.sighting(of: 5, at: start)?.leader == nil)
        health.heard(status("w1", 1, .leader, term: 4, applied: 98), at: start)
        // Has not heard yet that it leads no more.
        health.heard(status("w2", 2, .leader, term: 3, applied: 100), at: start)
        let sighting = health.sighting(of: 5, at: start)
        #expect(sighting?.leader == 1)
        #expect(sighting?.leaderWorker == "w1")
        #expect(sighting?.term == 4)
        #expect(sighting?.voters == [1, 2, 3])
        #expect(sighting?.lags.map(\.commandCount) == [2, 0, 60])
        #expect(health.sighting(of: 6, at: start) == nil)
    }

    @Test func `believes no leader that was not heard of lately`() {
        var health = tracker()
        health.heard(status("w1", 1, .leader, term: 4, applied: 98), at: start)
        health.heard(status("w2", 2, .follower, term: 4, applied: 98), at: start + .seconds(9))
        #expect(health.sighting(of: 5, at: start + .seconds(10))?.leader == 1)
        #expect(health.sighting(of: 5, at: start + .seconds(11))?.leader == nil)
    }

    @Test func `forgets who is not in the cluster`() {
        var health = tracker()
        health.heard(status("w1", 1, .leader, term: 4, applied: 98), at: start)
        health.keep(["w2"])
        #expect(health.sighting(of: 5, at: start) == nil)
    }
}
