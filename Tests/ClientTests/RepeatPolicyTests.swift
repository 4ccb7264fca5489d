import Actors
import Client
import Protocols
import Testing

@Suite struct `Repeating a request` {
    private typealias Effect = RepeatPolicy.Effect

    private func decide(
        _ error: any Error, _ effect: RepeatPolicy.Effect, attempts: Int = 1, untried: Int = 0,
        remaining: Duration = .seconds(30), ranBefore: Bool = false
    ) -> RepeatPolicy.Decision {
        RepeatPolicy.decide(
            after: error, effect,
            .init(
                attemptCount: attempts, remaining: remaining, untriedCount: untried,
                mayHaveRun: ranBefore || RepeatPolicy.mayHaveRun(error)))
    }

    private func code(_ decision: RepeatPolicy.Decision) -> ServiceError.Code? {
        if case .fail(let error) = decision { error.code } else { nil }
    }

    private let lost = ActorSystemError.lost(node: "g", reason: "gone")
    private let unreachable = ActorSystemError.unreachable(node: "g", reason: "gone")

    @Test(arguments: RepeatPolicy.Effect.allCases)
    func `is done if nothing was done`(effect: RepeatPolicy.Effect) {
        for error in [
            unreachable as any Error, ServiceError(.unavailable, ""), ServiceError(.notLeader, ""),
            ActorSystemError.overloaded(node: "g", queue: "q", limit: 1),
        ] {
            #expect(decide(error, effect) == .repeated(pause: RepeatPolicy.firstPause))
            #expect(decide(error, effect, remaining: .milliseconds(5)) != .repeated(pause: .zero))
        }
    }

    @Test func `of what may have been done is for reads and named writes`() {
        for error in [lost as any Error, ServiceError(.unknownOutcome, "")] {
            for effect in [Effect.read, .longRead, .namedWrite] {
                #expect(decide(error, effect) == .repeated(pause: RepeatPolicy.firstPause))
            }
            #expect(code(decide(error, .write)) == .unknownOutcome)
        }
    }

    @Test func `never hides that an earlier attempt may have been done`() {
        let refused = ServiceError(.sessionExpired, "forgotten")
        #expect(code(decide(refused, .namedWrite)) == .sessionExpired)
        let decision = decide(refused, .namedWrite, ranBefore: true)
        guard case .fail(let error) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(error.code == .unknownOutcome && error.details["cause"] == "sessionExpired")
        #expect(code(decide(unreachable, .write, ranBefore: true)) == .unknownOutcome)
        // A read has no outcome.
        let late = decide(unreachable, .read, remaining: .zero, ranBefore: true)
        #expect(code(late) == .unavailable)
    }

    @Test(arguments: RepeatPolicy.Effect.allCases)
    func `does not mend a wrong request`(effect: RepeatPolicy.Effect) {
        for wrong in [
            ServiceError.Code.invalidArgument, .notFound, .alreadyExists, .tooLarge,
            .unauthenticated,
            .permissionDenied, .memoryExhausted,
        ] {
            #expect(code(decide(ServiceError(wrong, ""), effect)) == wrong)
        }
        #expect(code(decide(ActorSystemError.shutDown, effect)) == .unknownOutcome)
    }

    @Test func `asks another gateway at once, and waits longer each time that all were asked`() {
        #expect(decide(unreachable, .read, untried: 1) == .repeated(pause: .zero))
        var pauses: [Duration] = []
        for attempt in 1...12 {
            guard case .repeated(let pause) = decide(unreachable, .read, attempts: attempt) else {
                continue
            }
            pauses.append(pause)
        }
        #expect(pauses.count == 12 && pauses == pauses.sorted())
        #expect(pauses.first == RepeatPolicy.firstPause && pauses.last == RepeatPolicy.maxPause)
    }

    @Test func `does not carry overload from one gateway to the next`() {
        let error = ServiceError(.overloaded, "")
        #expect(decide(error, .read, untried: 3) == .repeated(pause: RepeatPolicy.firstPause))
    }

    @Test func `waits as long as it was told to, if there is time`() {
        let error = ServiceError.rateLimited("too often", retryAfter: .seconds(4))
        #expect(decide(error, .write, untried: 3) == .repeated(pause: .seconds(4)))
        #expect(code(decide(error, .read, remaining: .seconds(3))) == .rateLimited)
    }

    @Test func `grows patient, but not with what must not be sent twice`() {
        for effect in [Effect.read, .namedWrite] {
            let patience = (0..<3).map {
                RepeatPolicy.patience(of: effect, total: .seconds(9), afterSilences: $0)
            }
            #expect(patience == [.seconds(3), .seconds(6), .seconds(12)])
        }
        for effect in [Effect.write, .longRead] {
            let patience = RepeatPolicy.patience(
                of: effect, total: .seconds(9), afterSilences: 0)
            #expect(patience == nil)
        }
    }
}
