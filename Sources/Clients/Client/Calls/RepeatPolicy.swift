import Actors
package import Protocols

/// Whether and how a request is sent again: a pure function of what came of it so far.
///
/// A read may be repeated whatever happened. A write that has a ``WriteName`` too, because the shards do
/// it once however often it comes. A write without one only if nothing was done: a repeated upsert could
/// undo a later one that was made meanwhile.
package enum RepeatPolicy {
    /// What sending a request a second time does.
    package enum Effect: Sendable, Hashable, CaseIterable {
        /// Nothing.
        case read
        /// Nothing, and it takes so long that its silence says nothing.
        case longRead
        /// Nothing if it was done.
        case namedWrite
        /// What it did, again.
        case write
    }

    /// What has happened to a request so far.
    package struct Situation: Sendable, Hashable {
        /// How many attempts were made, 1 or more.
        package var attemptCount: Int
        /// How much of the caller's time is left.
        package var remaining: Duration
        /// How many gateways were not asked since the last pause.
        package var untriedCount: Int
        /// Whether an attempt, the last or one before, may have done what was asked for.
        package var mayHaveRun: Bool

        /// Makes a situation.
        package init(
            attemptCount: Int, remaining: Duration, untriedCount: Int = 0, mayHaveRun: Bool = false
        ) {
            self.attemptCount = attemptCount
            self.remaining = remaining
            self.untriedCount = untriedCount
            self.mayHaveRun = mayHaveRun
        }
    }

    /// What to do after a failed attempt.
    package enum Decision: Sendable, Hashable {
        /// Wait, and ask the next gateway.
        case repeated(pause: Duration)
        /// Give up with this error.
        case fail(ServiceError)
    }

    /// The first pause; each is twice as long as the one before.
    package static let firstPause = Duration.milliseconds(20)
    /// The longest pause.
    package static let maxPause = Duration.seconds(1)
    /// How long a gateway may be silent at first; each silence doubles it.
    ///
    /// Longer than an election, during which a gateway waits by itself.
    package static let patience = Duration.seconds(10)

    /// Decides.
    ///
    /// - Parameters:
    ///   - error: What the attempt threw.
    ///   - effect: What repeating the request does.
    ///   - situation: What happened before, this failure included.
    package static func decide(
        after error: any Error, _ effect: Effect, _ situation: Situation
    ) -> Decision {
        let failure = ServiceError(inClient: error)
        let wanted = pause(after: failure, error, situation)
        let isHarmless = effect != .write || !situation.mayHaveRun
        guard let wanted, isHarmless, situation.remaining > wanted else {
            return .fail(final(failure, effect, mayHaveRun: situation.mayHaveRun))
        }
        return .repeated(pause: wanted)
    }

    /// How long an attempt may take, or nil if another one would not come sooner to an end.
    ///
    /// - Parameters:
    ///   - total: How much time there was for the request at first.
    ///   - silenceCount: How many attempts before took too long.
    package static func patience(
        of effect: Effect, total: Duration, afterSilences silenceCount: Int
    ) -> Duration? {
        switch effect {
        case .read, .namedWrite: min(patience, total / 3) * (1 << min(silenceCount, 10))
        case .longRead, .write: nil
        }
    }

    /// Whether the attempt that ended so may have done what it was asked for.
    package static func mayHaveRun(_ error: any Error) -> Bool {
        switch error {
        case let error as ServiceError: error.code.mayHaveRun
        case let error as ActorSystemError: error.outcome != .notRun
        default: true
        }
    }

    /// How long to wait before the request is sent again, or nil if that is of no use.
    private static func pause(
        after failure: ServiceError, _ error: any Error, _ situation: Situation
    ) -> Duration? {
        let pause = min(firstPause * (1 << min(situation.attemptCount - 1, 10)), maxPause)
        let next = situation.untriedCount > 0 ? Duration.zero : pause
        if let error = error as? ActorSystemError {
            return error.isTransient ? next : nil
        }
        switch failure.code {
        case .rateLimited:
            return failure.retryAfterSeconds.map { .seconds($0) } ?? maxPause
        case .overloaded:
            // Not to the next one at once: whoever sheds load must not load the others.
            return failure.isRetryable ? pause : nil
        case .unknownOutcome: return failure.isOfExpiredSession ? nil : next
        case .deadlineExceeded: return next
        default: return failure.isRetryable ? next : nil
        }
    }

    /// The error that a caller gets: none that says that nothing was done, if something may have been.
    private static func final(
        _ error: ServiceError, _ effect: Effect, mayHaveRun: Bool
    ) -> ServiceError {
        let isWrite = effect == .write || effect == .namedWrite
        guard mayHaveRun, isWrite, error.isRetryable || error.code == .sessionExpired else {
            return error
        }
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

extension ServiceError {
    /// Whether the last attempt failed because of the session, even if the one before may not have.
    var isOfExpiredSession: Bool {
        code == .sessionExpired || details["cause"] == Code.sessionExpired.rawValue
    }
}

extension ActorSystemError {
    /// Whether the same call may succeed later, or at another gateway.
    fileprivate var isTransient: Bool {
        switch self {
        case .unreachable, .lost, .overloaded, .unknownActor, .deadlineExceeded: true
        default: false
        }
    }
}
