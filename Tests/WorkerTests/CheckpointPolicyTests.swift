import Testing
import Worker

@Suite struct `A checkpoint policy` {
    private func note(
        _ policy: inout CheckpointPolicy, _ count: Int, bytes: Int, graphBytes: Int = 9_000_000
    ) -> Bool {
        policy.note(count, byteCount: bytes, rowCount: 100_000, graphByteCount: graphBytes)
    }

    @Test func `waits until the graph adds a third to what was stored`() {
        var policy = CheckpointPolicy()
        #expect(!note(&policy, 12_000, bytes: 18_000_000))
        #expect(note(&policy, 6_000, bytes: 9_000_000))
        policy.reset()
        #expect(!note(&policy, 6_000, bytes: 9_000_000))
    }

    @Test func `writes nothing after a few changes, however large`() {
        var policy = CheckpointPolicy()
        #expect(!note(&policy, 9_999, bytes: 1 << 40))
        #expect(note(&policy, 1, bytes: 0))
    }

    @Test func `does not wait for ever for points of few bytes`() {
        var policy = CheckpointPolicy()
        #expect(!note(&policy, 49_999, bytes: 0))
        #expect(note(&policy, 1, bytes: 0))
    }

    @Test func `counts what an opening had to make up for`() {
        var policy = CheckpointPolicy(changeCount: 49_999)
        #expect(note(&policy, 1, bytes: 0))
        var idle = CheckpointPolicy(changeCount: 1)
        func isDue() -> Bool { idle.tick(appliedIndex: 7) }
        // The first tells where the log stands.
        for _ in 0..<CheckpointPolicy.idleTickCount { #expect(!isDue()) }
        #expect(isDue())
    }

    @Test func `writes what has changed once nobody writes any more`() {
        var policy = CheckpointPolicy()
        func isQuiet(_ index: UInt64) -> Bool { !policy.tick(appliedIndex: index) }
        for _ in 0..<20 { #expect(isQuiet(7)) }
        _ = note(&policy, 1, bytes: 10)
        for _ in 1..<CheckpointPolicy.idleTickCount { #expect(isQuiet(7)) }
        #expect(!isQuiet(7))
        policy.reset()
        #expect(isQuiet(7))
        _ = note(&policy, 1, bytes: 10)
        for index in UInt64(8)..<30 { #expect(isQuiet(index)) }
    }
}
