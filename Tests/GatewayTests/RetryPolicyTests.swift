import Actors
import Gateway
import Protocols
import Testing

@Suite struct `The retry policy` {
    private func decide(
        _ error: any Error, _ kind: RetryPolicy.Kind = .write, attempt: Int = 1,
        remaining: Duration = .seconds(10)
    ) -> RetryPolicy.Decision {
        RetryPolicy.decide(after: error, kind, attempt: attempt, remaining: remaining)
    }

    private func code(_ decision: RetryPolicy.Decision) -> ServiceError.Code? {
        if case .fail(let error) = decision { error.code } else { nil }
    }

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

    @Test func `repeats a read whose worker was lost, and no write`() {
        let error = ActorSystemError.lost(node: "w", reason: "")
        #expect(
            decide(error, .read) == .reconcile(workerEpoch: nil, pause: .milliseconds(10)))
        #expect(code(decide(error, .write)) == .unknownOutcome)
    }

    @Test func `does not repeat what stays wrong`() {
        for error in [
            ServiceError.invalidArgument(""), .notFound(""), ServiceError(.fenced, ""),
            ServiceError(.corrupted, ""),
        ] {
            #expect(decide(error, .read) == .fail(error))
        }
    }

    @Test func `waits longer each time, up to a limit`() {
        let error = ServiceError(.unavailable, "")
        let pauses = (1...20).map { decide(error, attempt: $0) }
        #expect(pauses[1] == .retry(pause: .milliseconds(20)))
        #expect(pauses[4] == .retry(pause: .milliseconds(160)))
        #expect(pauses[19] == .retry(pause: .milliseconds(500)))
    }

    @Test func `gives up when the caller's time is up`() {
        #expect(
            code(decide(ServiceError(.unavailable, ""), remaining: .milliseconds(5)))
                == .unavailable)
    }
}
