internal import Synchronization

/// The calls of other nodes that run here, so that they can be cancelled.
///
/// *Invariant*: a call is in the table from ``begin(_:on:deadline:)`` until ``end(_:)``, which its
/// task calls last.
final class RunningCalls: Sendable {
    /// One call; its task is set right after it was started.
    final class Call: Sendable {
        let id: CallID
        let link: any Link
        let deadline: ContinuousClock.Instant?
        /// Whether no other running call ends earlier, so that somebody must be woken for it.
        let isEarliest: Bool
        /// Tells one-way calls apart; 0 of all others.
        let number: UInt64

        /// Who ended the call before its time; the caller is told.
        enum Cause: Sendable {
            /// The caller, who waits no longer or is gone.
            case caller
            /// Its deadline.
            case deadline
            /// The end of this node.
            case shutdown
        }

        private struct State {
            var task: Task<Void, Never>?
            var cause: Cause?
        }
        private let state = Mutex(State())

        init(
            id: CallID, link: any Link, deadline: ContinuousClock.Instant?, isEarliest: Bool,
            number: UInt64
        ) {
            self.number = number
            self.isEarliest = isEarliest
            self.id = id
            self.link = link
            self.deadline = deadline
        }

        /// Tells which task runs the call; it is cancelled at once if the call was before.
        func run(by task: Task<Void, Never>) {
            let isCancelled = state.withLock { state in
                state.task = task
                return state.cause != nil
            }
            if isCancelled { task.cancel() }
        }

        /// Cancels it; what cancelled it first is the cause.
        func cancel(by cause: Cause) {
            let task = state.withLock { state in
                if state.cause == nil { state.cause = cause }
                return state.task
            }
            task?.cancel()
        }

        /// What cancelled it; nil if nothing did.
        var cause: Cause? { state.withLock { $0.cause } }
    }

    private struct Key: Hashable {
        var link: UInt64
        var call: CallID
        /// Tells one-way calls apart, whose number is always 0; 0 of all others.
        var number: UInt64 = 0
    }

    private struct State {
        var calls: [Key: Call] = [:]
        var oneWayCount: UInt64 = 0
        var earliestDeadline: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let maxCount: Int

    init(maxCount: Int) { self.maxCount = maxCount }

    /// Adds a call, or nil if too many run.
    func begin(
        _ id: CallID, on link: any Link, deadline: ContinuousClock.Instant?
    ) -> Call? {
        state.withLock { state in
            guard state.calls.count < maxCount else { return nil }
            var isEarliest = false
            if let deadline, deadline < state.earliestDeadline ?? deadline.advanced(by: .seconds(1))
            {
                isEarliest = true
                state.earliestDeadline = deadline
            }
            if id == 0 { state.oneWayCount += 1 }
            let call = Call(
                id: id, link: link, deadline: deadline, isEarliest: isEarliest,
                number: id == 0 ? state.oneWayCount : 0)
            state.calls[Key(link: link.id, call: id, number: call.number)] = call
            return call
        }
    }

    /// Removes a call that has ended.
    func end(_ call: Call) {
        state.withLock { state in
            let key = Key(link: call.link.id, call: call.id, number: call.number)
            // A peer may have used the number again; only the call that ended goes.
            if state.calls[key] === call { state.calls[key] = nil }
        }
    }

    /// Cancels the call of that number.
    func cancel(_ id: CallID, on link: any Link) {
        state.withLock { $0.calls[Key(link: link.id, call: id)] }?.cancel(by: .caller)
    }

    /// Cancels what a link brought that is gone: nobody waits for it.
    func cancelAll(on link: any Link) {
        let calls = state.withLock { state in state.calls.values.filter { $0.link === link } }
        for call in calls { call.cancel(by: .caller) }
    }

    /// Cancels everything, since the node shuts down.
    func cancelAll() {
        let calls = state.withLock { state in Array(state.calls.values) }
        for call in calls { call.cancel(by: .shutdown) }
    }

    /// Cancels the calls whose time is up, and says when to look again.
    func expire(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        let (late, next): ([Call], ContinuousClock.Instant?) = state.withLock { state in
            guard let earliest = state.earliestDeadline, earliest <= now else {
                return ([], state.earliestDeadline)
            }
            var late: [Call] = []
            var next: ContinuousClock.Instant?
            for call in state.calls.values {
                guard let deadline = call.deadline else { continue }
                if deadline <= now {
                    late.append(call)
                } else {
                    next = min(next ?? deadline, deadline)
                }
            }
            state.earliestDeadline = next
            return (late, next)
        }
        for call in late { call.cancel(by: .deadline) }
        return next
    }

    /// How many calls run.
    var count: Int { state.withLock { $0.calls.count } }
}
