import Actors
package import Protocols

/// Whether and how a call to a shard is made again: a pure function of what went wrong.
///
/// A read may be repeated whatever happened. A write only if it was not done: a repeated upsert
/// could undo a later one that was made meanwhile.
package enum RetryPolicy {
    /// What repeating a call would do.
    package enum Kind: Sendable {
        case read
        case write
    }

    /// What to do after a failed call.
    package enum Decision: Hashable {
        /// Bring both maps to the newest epoch, wait, and call again.
        case reconcile(workerEpoch: UInt64?, pause: Duration)
        /// Wait and call again.
        case retry(pause: Duration)
        /// Give up with this error.
        case fail(ServiceError)
    }

    /// The first pause; each is twice as long as the one before.
    package static let firstPause = Duration.milliseconds(10)
    /// The longest pause.
    package static let maxPause = Duration.milliseconds(500)

    /// Decides.
    ///
    /// - Parameters:
    ///   - error: What the call threw.
    ///   - kind: What repeating it would do.
    ///   - attempt: How many calls were made, 1 or more.
    ///   - remaining: How much of the caller's time is left.
    package static func decide(
        after error: any Error, _ kind: Kind, attempt: Int, remaining: Duration
    ) -> Decision {
        let pause = min(firstPause * (1 << min(attempt - 1, 10)), maxPause)
        let serviceError = ServiceError(inGateway: error)
        guard remaining > pause else { return .fail(serviceError) }
        switch error {
        case let error as ServiceError:
            if error.code == .epochNotMatch {
                let epoch = error.details["epoch"].flatMap(UInt64.init)
                return .reconcile(workerEpoch: epoch, pause: pause)
            }
            return error.isRetryable ? .retry(pause: pause) : .fail(error)
        case let error as ActorSystemError:
            let mayBeRepeated = error.isTransient && (error.outcome == .notRun || kind == .read)
            // The worker may have moved to another endpoint: only a newer map tells.
            return mayBeRepeated
                ? .reconcile(workerEpoch: nil, pause: pause) : .fail(serviceError)
        default:
            return .fail(serviceError)
        }
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
