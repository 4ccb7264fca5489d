import Protocols
import Testing

@Suite struct `A service error` {
    @Test func `points to the leader if it is known`() {
        let known = ServiceError.notLeader("worker-1", of: "shard 3", leader: "worker-2")
        #expect(known.leaderHint == "worker-2")
        #expect(known.message == "worker-1 does not lead shard 3; ask worker-2")
        let unknown = ServiceError.notLeader("worker-1", of: "shard 3", leader: nil)
        #expect(unknown.leaderHint == nil)
        #expect(unknown.message.contains("not known"))
    }

    @Test func `is retryable when nothing was done and it may go well later`() {
        let retryable = ServiceError.Code.allCases.filter { ServiceError($0, "").isRetryable }
        #expect(
            retryable == [.epochNotMatch, .notLeader, .overloaded, .rateLimited, .unavailable])
    }
}
