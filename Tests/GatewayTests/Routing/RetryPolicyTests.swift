import Actors
import Gateway
import Protocols
import Testing

@Suite struct `The retry policy` {
    private func decide(
        _ error: any Error, _ kind: RetryPolicy.Kind = .write, attempt: Int = 1,
        remaining: Duration = .seconds(10), untried: Int = 0, members: Int = 1,
        mayHaveRun: Bool = false
    ) -> RetryPolicy.Decision {
        RetryPolicy.decide(
            after: error, kind,
            RetryPolicy.Situation(
                attemptCount: attempt, remaining: remaining, untriedCount: untried,
                memberCount: members, mayHaveRun: mayHaveRun))
    }

    private func code(_ decision: RetryPolicy.Decision) -> ServiceError.Code? {
        if case .fail(let error) = decision { error.code } else { nil }
    }

    private static let lost = ActorSystemError.lost(node: "w", reason: "")
    private static let timeout = ActorSystemError.deadlineExceeded(
        target: "upsert", node: "w", outcome: .unknown)

    @Test func `brings the maps together when the epochs differ`() {
        let error = ServiceError(.epochNotMatch, "", details: ["epoch": "7"])
        #expect(decide(error) == .reconcile(workerEpoch: 7, pause: .milliseconds(10)))
    }

    @Test func `repeats what was not done`() {
        #expect(decide(ServiceError(.overloaded, "")) == .retry(pause: .milliseconds(10)))
        #expect(
            decide(ActorSystemError.unreachable(node: "w", reason: ""))
                == .reconcile(workerEpoch: nil, pause: .milliseconds(10)))
    }

    @Test(arguments: [
        ServiceError.notLeader("w", of: "shard 1", leader: nil), ServiceError(.unavailable, ""),
    ])
    func `asks the others at once, and waits when all were asked`(error: ServiceError) {
        for kind in [RetryPolicy.Kind.read, .leaderRead, .write, .namedWrite] {
            #expect(decide(error, kind, untried: 1, members: 3) == .retry(pause: .zero))
            #expect(decide(error, kind, members: 3) == .retry(pause: .milliseconds(10)))
        }
    }

    @Test func `does not pour one member's overload onto the next`() {
        #expect(
            decide(ServiceError(.overloaded, ""), .read, untried: 2, members: 3)
                == .retry(pause: .milliseconds(10)))
    }

    @Test(arguments: [lost, timeout])
    func `repeats a read or a named write that was not answered, and no other`(
        error: ActorSystemError
    ) {
        for kind in [RetryPolicy.Kind.read, .leaderRead, .namedWrite] {
            #expect(
                decide(error, kind, untried: 1, members: 3, mayHaveRun: true)
                    == .retry(pause: .zero))
            #expect(
                decide(error, kind, mayHaveRun: true)
                    == .reconcile(workerEpoch: nil, pause: .milliseconds(10)))
        }
        #expect(code(decide(error, .write, untried: 1, members: 3, mayHaveRun: true)) != nil)
        #expect(code(decide(Self.lost, .write)) == .unknownOutcome)
    }

    @Test(arguments: [ServiceError(.unknownOutcome, ""), ServiceError(.deadlineExceeded, "")])
    func `repeats a named write of which the worker does not know either`(error: ServiceError) {
        #expect(
            decide(error, .namedWrite, mayHaveRun: true) == .retry(pause: .milliseconds(10)))
        #expect(decide(error, .read) == .retry(pause: .milliseconds(10)))
        #expect(decide(error, .write, untried: 1, members: 3) == .fail(error))
    }

    @Test func `does not repeat what stays wrong`() {
        for error in [
            ServiceError.invalidArgument(""), .notFound(""), ServiceError(.fenced, ""),
            ServiceError(.corrupted, ""), ServiceError(.sessionExpired, ""),
        ] {
            #expect(decide(error, .read) == .fail(error))
            #expect(decide(error, .namedWrite) == .fail(error))
        }
    }

    @Test func `goes to another replica when a disk failed`() {
        let fenced = ServiceError(.fenced, "")
        #expect(decide(fenced, .read, untried: 1, members: 3) == .retry(pause: .zero))
        #expect(decide(fenced, .namedWrite, untried: 1, members: 3) == .retry(pause: .zero))
        #expect(decide(fenced, .write, untried: 1, members: 3) == .fail(fenced))
        let corrupted = ServiceError(.corrupted, "")
        #expect(decide(corrupted, .read, untried: 1, members: 3) == .retry(pause: .zero))
        #expect(decide(corrupted, .read, members: 3) == .fail(corrupted))
        #expect(decide(corrupted, .namedWrite, untried: 1, members: 3) == .fail(corrupted))
    }

    @Test func `waits longer each time, up to a limit`() {
        func pauses(_ error: ServiceError) -> [RetryPolicy.Decision] {
            [2, 4, 6, 20].map { decide(error, attempt: $0) }
        }
        func retries(after milliseconds: [Int]) -> [RetryPolicy.Decision] {
            milliseconds.map { .retry(pause: .milliseconds($0)) }
        }
        #expect(
            pauses(ServiceError(.unavailable, "")) == retries(after: [20, 80, 100, 100]))
        let overloaded = ServiceError(.overloaded, "", isRetryable: true)
        #expect(pauses(overloaded) == retries(after: [20, 80, 320, 500]))
    }

    @Test func `gives up when the caller's time is up`() {
        #expect(
            code(decide(ServiceError(.unavailable, ""), remaining: .milliseconds(5)))
                == .unavailable)
        #expect(
            code(decide(Self.timeout, .read, remaining: .zero, untried: 1)) == .deadlineExceeded)
    }

    @Test(arguments: [
        ServiceError(.unavailable, "x"), .notLeader("w", of: "shard 1", leader: nil),
        ServiceError(.overloaded, "x"), ServiceError(.sessionExpired, "x"), .notFound("x"),
    ])
    func `never says that nothing was done when something may have been`(error: ServiceError) {
        let decision = decide(error, .namedWrite, remaining: .zero, mayHaveRun: true)
        guard case .fail(let final) = decision else {
            Issue.record("it goes on with \(decision)")
            return
        }
        #expect(final.code == .unknownOutcome)
        #expect(!final.isRetryable)
        #expect(final.details["cause"] == error.code.rawValue)
        #expect(final.message.contains(error.message))
    }

    @Test func `knows which failures may have done something`() {
        #expect(RetryPolicy.mayHaveRun(Self.lost))
        #expect(RetryPolicy.mayHaveRun(ServiceError(.fenced, "")))
        #expect(RetryPolicy.mayHaveRun(ServiceError(.unknownOutcome, "")))
        #expect(!RetryPolicy.mayHaveRun(ActorSystemError.unreachable(node: "w", reason: "")))
        for code in [ServiceError.Code.notLeader, .sessionExpired, .epochNotMatch, .overloaded] {
            #expect(!RetryPolicy.mayHaveRun(ServiceError(code, "")))
        }
    }

    @Test func `ends attempts early, each later one later, where another member may answer`() {
        func timeout(_ kind: RetryPolicy.Kind, _ members: Int, _ count: Int) -> Duration? {
            RetryPolicy.timeout(of: kind, memberCount: members, afterTimeouts: count)
        }
        let first = RetryPolicy.firstTimeout
        #expect((0..<3).map { timeout(.namedWrite, 3, $0) } == [first, first * 2, first * 4])
        #expect(timeout(.read, 2, 0) == first)
        #expect(timeout(.read, 1, 0) == nil)
        #expect(timeout(.write, 3, 0) == nil)
        #expect(timeout(.read, 3, 1_000) != nil)
    }
}
