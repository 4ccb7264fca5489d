internal import Synchronization

/// The calls that this node has made and that have no answer yet.
///
/// *Invariant*: every call that was added is taken exactly once, by its reply, its deadline, its
/// cancellation or the loss of its link; whoever takes it resumes its caller.
final class PendingCalls: Sendable {
    /// What a caller gets.
    enum Answer: Sendable {
        /// A message with the reply's value at that offset.
        case value(InboundMessage, offset: Int)
        /// A message with the failure's elements at that offset.
        case failure(InboundMessage, offset: Int)
        /// No answer will come.
        case error(any Error)
    }

    typealias Continuation = UnsafeContinuation<Answer, Never>

    private struct Pending {
        var continuation: Continuation
        var link: any Link
        var deadline: ContinuousClock.Instant
        var target: String
        var node: NodeID
    }

    private struct State {
        var calls: [CallID: Pending] = [:]
        /// No deadline is earlier: it saves looking at every call on every tick.
        var earliestDeadline: ContinuousClock.Instant?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Adds a call.
    ///
    /// - Returns: Whether its deadline is the earliest, so that somebody must be woken for it; nil
    ///   if no call may be added any more.
    func add(
        _ call: CallID, on link: any Link, target: String, node: NodeID,
        deadline: ContinuousClock.Instant, continuation: Continuation
    ) -> Bool? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.calls[call] = Pending(
                continuation: continuation, link: link, deadline: deadline, target: target,
                node: node)
            if let earliest = state.earliestDeadline, earliest <= deadline { return false }
            state.earliestDeadline = deadline
            return true
        }
    }

    /// Answers a call; an answer that nobody waits for is dropped.
    ///
    /// - Returns: Whether somebody waited.
    @discardableResult
    func answer(_ call: CallID, from link: any Link, with answer: Answer) -> Bool {
        let pending: Pending? = state.withLock { state in
            // Only the node that was asked may answer.
            guard state.calls[call]?.link === link else { return nil }
            return state.calls.removeValue(forKey: call)
        }
        pending?.continuation.resume(returning: answer)
        return pending != nil
    }

    /// Ends a call whose caller was cancelled.
    ///
    /// - Returns: The link on which to tell the callee, or nil if the answer came first.
    func cancel(_ call: CallID) -> (any Link)? {
        let pending = state.withLock { $0.calls.removeValue(forKey: call) }
        pending?.continuation.resume(returning: .error(CancellationError()))
        return pending?.link
    }

    /// Ends a call that could not be sent.
    func abandon(_ call: CallID, error: ActorSystemError) {
        let pending = state.withLock { $0.calls.removeValue(forKey: call) }
        pending?.continuation.resume(returning: .error(error))
    }

    /// Ends the calls on a link that is gone.
    func lose(_ link: any Link, reason: String) {
        end({ $0.link === link }) { .lost(node: $0.node, reason: reason) }
    }

    /// Ends all calls, and lets no more begin.
    func close() {
        state.withLock { $0.isClosed = true }
        end({ _ in true }) { _ in .shutDown }
    }

    private func end(
        _ isMeant: (Pending) -> Bool, error: (Pending) -> ActorSystemError
    ) {
        let ended = state.withLock { state in
            let ended = state.calls.filter { isMeant($0.value) }
            for call in ended.keys { state.calls[call] = nil }
            return ended
        }
        for pending in ended.values {
            pending.continuation.resume(returning: .error(error(pending)))
        }
    }

    /// Ends the calls whose time is up.
    ///
    /// - Returns: The calls that ended, to tell their callees, and when to look again.
    func expire(
        at now: ContinuousClock.Instant
    ) -> (ended: [(CallID, any Link)], next: ContinuousClock.Instant?) {
        let (ended, next): ([(CallID, Pending)], ContinuousClock.Instant?) = state.withLock {
            state in
            guard let earliest = state.earliestDeadline, earliest <= now else {
                return ([], state.earliestDeadline)
            }
            var ended: [(CallID, Pending)] = []
            var next: ContinuousClock.Instant?
            for (call, pending) in state.calls {
                if pending.deadline <= now {
                    ended.append((call, pending))
                } else {
                    next = min(next ?? pending.deadline, pending.deadline)
                }
            }
            for (call, _) in ended { state.calls[call] = nil }
            state.earliestDeadline = next
            return (ended, next)
        }
        for (_, pending) in ended {
            pending.continuation.resume(
                returning: .error(
                    ActorSystemError.deadlineExceeded(
                        target: pending.target, node: pending.node, outcome: .unknown)))
        }
        return (ended.map { ($0.0, $0.1.link) }, next)
    }

    /// How many calls wait for an answer.
    var count: Int { state.withLock { $0.calls.count } }
}
