internal import Actors
internal import Protocols
internal import Synchronization

/// Lets requests pass as ``AdmissionQueue`` decides.
///
/// Thread safety: any thread may call anything.
package final class AdmissionGate: Sendable {
    private struct State {
        var queue: AdmissionQueue
        /// Those who wait, and whether they were told already when they come to wait.
        var waiting: [AdmissionQueue.Ticket: CheckedContinuation<Duration?, Never>] = [:]
        var early: [AdmissionQueue.Ticket: Duration?] = [:]
    }

    private let state: Mutex<State>

    /// Makes a gate.
    package init(_ limits: AdmissionQueue.Limits = .init()) {
        state = Mutex(State(queue: AdmissionQueue(limits)))
    }

    /// How many run, how many wait, and how many may run.
    package var usage: (running: Int, waiting: Int, limit: Int) {
        state.withLock {
            ($0.queue.runningCount, $0.queue.waitingCount, $0.queue.concurrency)
        }
    }

    /// Runs `body` when it is its turn.
    ///
    /// - Parameter isTypical: Whether how long it takes tells how long others will.
    /// - Throws: ``ServiceError/Code/overloaded``, or what `body` throws.
    package func run<Value: Sendable>(
        isTypical: Bool, _ body: () async throws -> Value
    ) async throws -> Value {
        try await enter()
        let begin = ContinuousClock.now
        var hasSucceeded = false
        defer {
            let now = ContinuousClock.now
            let duration = isTypical && hasSucceeded ? begin.duration(to: now) : nil
            resume { $0.end(after: duration, at: now) }
        }
        let value = try await body()
        hasSucceeded = true
        return value
    }

    private func enter() async throws {
        let deadline = Deadline.current?.instant
        resume { $0.expire(at: .now) }
        let arrival = state.withLock { $0.queue.arrive(deadline: deadline, at: .now) }
        switch arrival {
        case .run: return
        case .refuse(let retryAfter): throw ServiceError.overloaded(retryAfter: retryAfter)
        case .wait(let ticket):
            if let retryAfter = await turn(of: ticket) {
                try Task.checkCancellation()
                throw ServiceError.overloaded(retryAfter: retryAfter)
            }
        }
    }

    /// Waits; nil once it is the ticket's turn, else after how long to try again.
    private func turn(of ticket: AdmissionQueue.Ticket) async -> Duration? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early: Duration?? = state.withLock { state in
                    if let early = state.early.removeValue(forKey: ticket) { return early }
                    state.waiting[ticket] = continuation
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            let (continuation, wasWaiting) = state.withLock { state in
                let wasWaiting = state.queue.leave(ticket)
                guard wasWaiting else {
                    return (nil as CheckedContinuation<Duration?, Never>?, false)
                }
                let continuation = state.waiting.removeValue(forKey: ticket)
                if continuation == nil { state.early[ticket] = .some(.zero) }
                return (continuation, true)
            }
            if wasWaiting { continuation?.resume(returning: .zero) }
        }
    }

    /// Changes the queue and tells those who have waited.
    private func resume(_ change: (inout AdmissionQueue) -> [AdmissionQueue.Outcome]) {
        let told = state.withLock { state in
            change(&state.queue).compactMap {
                outcome -> (CheckedContinuation<Duration?, Never>, Duration?)? in
                let (ticket, answer): (AdmissionQueue.Ticket, Duration?) =
                    switch outcome {
                    case .run(let ticket): (ticket, nil)
                    case .refuse(let ticket, let retryAfter): (ticket, retryAfter)
                    }
                guard let continuation = state.waiting.removeValue(forKey: ticket) else {
                    // It has its ticket and does not wait yet.
                    state.early[ticket] = .some(answer)
                    return nil
                }
                return (continuation, answer)
            }
        }
        for (continuation, answer) in told { continuation.resume(returning: answer) }
    }
}

extension ServiceError {
    /// More is under way than can be answered in time.
    static func overloaded(retryAfter: Duration) -> ServiceError {
        ServiceError(
            .overloaded,
            "more requests are under way than can be answered in time; try again later",
            details: ["retryAfter": "\(retryAfter.wholeSeconds)"])
    }
}

extension Duration {
    /// How many seconds it has, rounded up, at least one.
    package var wholeSeconds: Int64 {
        max(1, components.seconds + (components.attoseconds > 0 ? 1 : 0))
    }
}
