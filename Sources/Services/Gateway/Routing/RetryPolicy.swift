import Actors
package import Protocols

/// Whether and how a call to a member of a consensus group is made again: a pure function of what
/// went wrong.
///
/// A read may be repeated whatever happened. A write that has a ``WriteID`` too, because the shard does
/// it once however often it comes. A write without one only if it was not done: a repeated upsert
/// could undo a later one that was made meanwhile.
package enum RetryPolicy {
    /// What repeating a call would do.
    package enum Kind: Sendable {
        /// No harm; every member answers.
        case read
        /// No harm; every member answers, the leader soonest: others have to ask it.
        case freshRead
        /// No harm; only the leader answers.
        case leaderRead
        /// What it did, a second time; only the leader does it.
        case write
        /// Nothing if it was done; only the leader does it.
        case namedWrite

        /// Whether nothing is changed by it.
        package var isRead: Bool { self == .read || self == .freshRead || self == .leaderRead }
        /// Whether whoever has answered leads.
        package var showsLeader: Bool { self != .read && self != .freshRead }
    }

    /// What has happened to a call so far.
    package struct Situation: Sendable, Hashable {
        /// How many attempts were made, 1 or more.
        package var attemptCount: Int
        /// How much of the caller's time is left.
        package var remaining: Duration
        /// How many members are worth asking that were not asked since the last pause.
        package var untriedCount: Int
        /// How many members there are.
        package var memberCount: Int
        /// Whether an attempt, the last or one before, may have done what was asked for.
        package var mayHaveRun: Bool

        /// Makes a situation.
        package init(
            attemptCount: Int, remaining: Duration, untriedCount: Int = 0, memberCount: Int = 1,
            mayHaveRun: Bool = false
        ) {
            self.attemptCount = attemptCount
            self.remaining = remaining
            self.untriedCount = untriedCount
            self.memberCount = memberCount
            self.mayHaveRun = mayHaveRun
        }
    }

    /// What to do after a failed call.
    package enum Decision: Hashable {
        /// Bring both maps to the newest epoch, wait, and call again.
        case reconcile(workerEpoch: UInt64?, pause: Duration)
        /// Wait, and call again, another member if there is one.
        case retry(pause: Duration)
        /// Give up with this error.
        case fail(ServiceError)
    }

    /// The first pause; each is twice as long as the one before.
    package static let firstPause = Duration.milliseconds(10)
    /// The longest pause where somebody is waited for: a third of the shortest election, so that
    /// little of the time is lost in which there is a leader again.
    package static let maxPause = Duration.milliseconds(100)
    /// The longest pause where a member sheds load.
    package static let maxPauseOverloaded = Duration.milliseconds(500)
    /// How long the first attempt may take where another member could answer.
    ///
    /// Longer than nearly all calls, and than most elections. Each later one may take twice as long.
    package static let firstTimeout = Duration.milliseconds(500)

    /// Decides.
    ///
    /// - Parameters:
    ///   - error: What the call threw.
    ///   - kind: What repeating it would do.
    ///   - situation: What happened before, this failure included.
    package static func decide(
        after error: any Error, _ kind: Kind, _ situation: Situation
    ) -> Decision {
        let wanted = reaction(to: error, kind, situation)
        switch wanted {
        case .fail(let error): return .fail(final(error, mayHaveRun: situation.mayHaveRun))
        case .retry(let pause), .reconcile(_, let pause):
            guard situation.remaining > pause else {
                return .fail(
                    final(ServiceError(inGateway: error), mayHaveRun: situation.mayHaveRun))
            }
            return wanted
        }
    }

    /// How long an attempt may take, or nil if nothing is won by ending it early.
    ///
    /// - Parameters:
    ///   - timeoutCount: How many attempts before took too long.
    ///   - first: How long the first may take.
    package static func timeout(
        of kind: Kind, memberCount: Int, afterTimeouts timeoutCount: Int,
        first: Duration = firstTimeout
    ) -> Duration? {
        guard memberCount > 1, kind != .write else { return nil }
        return first * (1 << min(timeoutCount, 10))
    }

    /// Whether the call that ended so may have done what it was asked for.
    package static func mayHaveRun(_ error: any Error) -> Bool {
        switch error {
        case let error as ServiceError: error.code.mayHaveRun
        case let error as ActorSystemError: error.outcome != .notRun
        default: true
        }
    }

    /// Whether whoever was called has not answered at all.
    package static func isSilence(_ error: any Error) -> Bool {
        switch error as? ActorSystemError {
        case .unreachable, .lost, .deadlineExceeded: true
        default: false
        }
    }
}

extension RetryPolicy {
    private static func reaction(
        to error: any Error, _ kind: Kind, _ situation: Situation
    ) -> Decision {
        let growing = firstPause * (1 << min(situation.attemptCount - 1, 10))
        let pause = min(growing, maxPause)
        // Whoever was not asked yet is asked at once.
        let next = Decision.retry(pause: situation.untriedCount > 0 ? .zero : pause)
        switch error {
        case let error as ServiceError:
            if error.code == .overloaded {
                // Not to the next one at once: whoever sheds load must not load the others.
                return error.isRetryable
                    ? .retry(pause: min(growing, maxPauseOverloaded)) : .fail(error)
            }
            return reaction(to: error, kind, situation, pause: pause, next: next)
        case let error as ActorSystemError:
            guard error.isTransient, error.outcome == .notRun || kind != .write else {
                return .fail(ServiceError(inGateway: error))
            }
            // The worker may have moved to another endpoint: only a newer map tells.
            return situation.untriedCount > 0 ? next : .reconcile(workerEpoch: nil, pause: pause)
        default:
            return .fail(ServiceError(inGateway: error))
        }
    }

    private static func reaction(
        to error: ServiceError, _ kind: Kind, _ situation: Situation, pause: Duration,
        next: Decision
    ) -> Decision {
        switch error.code {
        case .epochNotMatch:
            return .reconcile(
                workerEpoch: error.details["epoch"].flatMap(UInt64.init), pause: pause)
        case .unknownOutcome, .deadlineExceeded:
            return kind == .write ? .fail(error) : next
        case .fenced:
            // Its process ends, and the others elect another leader.
            return kind == .write || situation.memberCount == 1 ? .fail(error) : next
        case .corrupted:
            return kind.isRead && situation.untriedCount > 0 ? next : .fail(error)
        default:
            return error.isRetryable ? next : .fail(error)
        }
    }

    /// The error that the caller gets: none that says that nothing was done, if something may have
    /// been.
    static func final(_ error: ServiceError, mayHaveRun: Bool) -> ServiceError {
        guard mayHaveRun, !Self.mayHaveRun(error), error.code != .invalidArgument,
            error.code != .tooLarge
        else { return error }
        var final = ServiceError(
            .unknownOutcome,
            """
            an attempt was not answered and may have been carried out; the last one failed: \
            \(error.message)
            """, details: error.details)
        final.details["cause"] = error.code.rawValue
        return final
    }
}

extension ActorSystemError {
    /// Whether the same call may succeed later.
    fileprivate var isTransient: Bool {
        switch self {
        case .unreachable, .lost, .overloaded, .unknownActor, .deadlineExceeded: true
        default: false
        }
    }
}
