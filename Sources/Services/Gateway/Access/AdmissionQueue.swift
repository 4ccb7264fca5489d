/// Which requests run now, which wait, and which are refused: what keeps times flat past saturation.
///
/// Pure. A few run (``ConcurrencyLimit``), some wait in the order of their coming, and who would wait
/// longer than ``Limits/maxWait`` or than its own deadline is refused at once: a refusal costs
/// microseconds, an answer that nobody waits for any more costs as much as one that is wanted.
///
/// *Invariant*: nobody waits while fewer run than may.
package struct AdmissionQueue: Sendable {
    /// The bounds.
    package struct Limits: Sendable {
        /// How many may run at once, at least and at most.
        package var concurrency = 4...512
        /// How many may wait.
        package var queueLength = 1_024
        /// How long one may wait.
        package var maxWait = Duration.milliseconds(100)

        /// The usual bounds.
        package init() {}
    }

    /// Who waits.
    package struct Ticket: Sendable, Hashable {
        /// Its number; those who came later have larger ones.
        package let number: UInt64
    }

    /// What becomes of a request that comes.
    package enum Arrival: Sendable, Equatable {
        /// It runs; call ``AdmissionQueue/end(after:at:)`` once it has.
        case run
        /// It waits until an ``Outcome`` names its ticket.
        case wait(Ticket)
        /// It does not run; a new attempt is worth it after that long.
        case refuse(retryAfter: Duration)
    }

    /// What becomes of one that has waited.
    package enum Outcome: Sendable, Equatable {
        case run(Ticket)
        /// It has waited too long.
        case refuse(Ticket, retryAfter: Duration)
    }

    private struct Waiting {
        var ticket: Ticket
        var end: ContinuousClock.Instant
    }

    private let limits: Limits
    private var limit: ConcurrencyLimit
    /// How many run.
    package private(set) var runningCount = 0
    private var queue: [Waiting] = []
    private var head = 0
    private var nextNumber: UInt64 = 0

    /// Nothing runs.
    package init(_ limits: Limits = Limits()) {
        self.limits = limits
        limit = ConcurrencyLimit(limits.concurrency)
    }

    /// How many wait.
    package var waitingCount: Int { queue.count - head }
    /// How many may run now.
    package var concurrency: Int { limit.value }

    /// A request comes.
    ///
    /// - Parameter deadline: When its caller stops waiting.
    package mutating func arrive(
        deadline: ContinuousClock.Instant?, at now: ContinuousClock.Instant
    ) -> Arrival {
        if waitingCount == 0, runningCount < limit.value {
            runningCount += 1
            return .run
        }
        var end = now.advanced(by: limits.maxWait)
        if let deadline { end = min(end, deadline) }
        let wait = expectedWait
        guard waitingCount < limits.queueLength, now.advanced(by: wait) < end else {
            return .refuse(retryAfter: retryAfter)
        }
        let ticket = Ticket(number: nextNumber)
        nextNumber += 1
        queue.append(Waiting(ticket: ticket, end: end))
        return .wait(ticket)
    }

    /// A request that ran has ended.
    ///
    /// - Parameter duration: How long it ran; nil if that says nothing of others.
    /// - Returns: What becomes of those who waited, in their order.
    package mutating func end(
        after duration: Duration?, at now: ContinuousClock.Instant
    ) -> [Outcome] {
        precondition(runningCount > 0, "more ended than ran")
        if let duration { limit.add(duration, whileFull: runningCount >= limit.value) }
        runningCount -= 1
        return next(at: now)
    }

    /// Refuses those first in the queue who have waited too long: nobody else would while all that run
    /// hang.
    package mutating func expire(at now: ContinuousClock.Instant) -> [Outcome] {
        var outcomes: [Outcome] = []
        while head < queue.count, queue[head].end <= now {
            outcomes.append(.refuse(queue[head].ticket, retryAfter: retryAfter))
            head += 1
        }
        return outcomes
    }

    /// One that waited has gone; nothing if it runs or was refused already.
    ///
    /// - Returns: Whether it was still waiting.
    package mutating func leave(_ ticket: Ticket) -> Bool {
        guard let index = queue[head...].firstIndex(where: { $0.ticket == ticket }) else {
            return false
        }
        queue.remove(at: index)
        return true
    }

    private mutating func next(at now: ContinuousClock.Instant) -> [Outcome] {
        var outcomes: [Outcome] = []
        while head < queue.count, runningCount < limit.value {
            let first = queue[head]
            head += 1
            if now < first.end {
                runningCount += 1
                outcomes.append(.run(first.ticket))
            } else {
                outcomes.append(.refuse(first.ticket, retryAfter: retryAfter))
            }
        }
        if head == queue.count || head > limits.queueLength {
            queue.removeFirst(head)
            head = 0
        }
        return outcomes
    }

    /// How long one that comes now waits, by how long those take that run.
    private var expectedWait: Duration {
        (limit.mean ?? .zero) * (waitingCount + 1) / limit.value
    }

    /// A second at least: what is told in whole seconds, and time for the queue to become empty.
    private var retryAfter: Duration { max(.seconds(1), expectedWait * 2) }
}
