import Foundation
import Raft
import Testing

@Suite struct `A group to which random things happen` {
    private static let stepCount = 400

    /// Ten seeds each; `RAFT_SEED` replays one alone, `RAFT_SEED_COUNT` asks for more.
    private static let batches: [Range<UInt64>] = {
        PlantedFault.plant()
        let environment = ProcessInfo.processInfo.environment
        if let word = environment["RAFT_SEED"], let seed = UInt64(word) { return [seed..<seed + 1] }
        let count = environment["RAFT_SEED_COUNT"].flatMap { UInt64($0) } ?? 300
        return (0..<count / 10).map { $0 * 10..<$0 * 10 + 10 }
    }()

    @Test(arguments: batches) func `is never wrong, and lives when it may`(seeds: Range<UInt64>) {
        var answeredReadCount = 0
        var leaderCount = 0
        for seed in seeds {
            var walk = Walk(seed: seed)
            for step in 0..<Self.stepCount {
                if let violation = walk.step() {
                    Issue.record("seed \(seed), step \(step): \(violation)")
                    return
                }
            }
            if let failure = walk.heal() {
                Issue.record("seed \(seed), healed: \(failure)")
                return
            }
            answeredReadCount += walk.history.answeredReadCount
            leaderCount += walk.history.leaderCount
        }
        // A walk in which nothing happens would prove nothing.
        #expect(leaderCount > seeds.count)
        #expect(seeds.count < 10 || answeredReadCount > 0)
    }
}
