internal import Metrics
internal import Protocols
internal import Synchronization

/// One read that may be asked of two replicas: what each event means.
///
/// Pure. *Invariants*: one hedge at most; it ends once, with the first answer, or when nobody is left
/// who could give one.
package struct HedgedRead: Sendable, Equatable {
    /// One of both calls.
    package enum Leg: Sendable, Hashable { case first, second }

    /// What happens.
    package enum Event: Sendable, Equatable {
        /// The usual time has passed, and the budget allows a hedge or does not.
        case delayPassed(mayHedge: Bool)
        case answered(Leg)
        case failed(Leg)
    }

    /// What is to be done.
    package enum Action: Sendable, Equatable {
        case wait
        /// Ask the second replica.
        case hedge
        /// Cancel the other call and return the answer of this one.
        case answer(Leg)
        /// Throw what the first call threw: ``RetryPolicy`` decides about the replica that was chosen.
        case fail
    }

    private var running: Set<Leg> = [.first]
    private var isOver = false

    /// The first call runs.
    package init() {}

    /// Takes note of an event.
    package mutating func step(_ event: Event) -> Action {
        guard !isOver else { return .wait }
        switch event {
        case .delayPassed(let mayHedge):
            guard mayHedge else { return .wait }
            running.insert(.second)
            return .hedge
        case .answered(let leg):
            isOver = true
            return .answer(leg)
        case .failed(let leg):
            running.remove(leg)
            isOver = running.isEmpty
            return isOver ? .fail : .wait
        }
    }
}

/// What kind of read of which shard: reads of one kind take about as long.
struct ShardReadKey: Hashable {
    var shard: ShardID
    var read: ShardRead
}

/// A read of a shard that may be asked of a second replica.
package enum ShardRead: Hashable, Sendable { case get, search, searchBatch, scroll, count }

/// Sends hedges as ``HedgeBoard`` and ``HedgedRead`` decide.
///
/// Thread safety: any thread may call anything.
final class Hedging: Sendable {
    private let board = Mutex(HedgeBoard<ShardReadKey>())
    private let isEnabled: Bool
    private let sent = Counter(label: "gateway_hedged_reads_total")
    private let won = Counter(
        label: "gateway_hedged_read_results_total", dimensions: [("answered", "second")])
    private let lost = Counter(
        label: "gateway_hedged_read_results_total", dimensions: [("answered", "first")])
    private let failed = Counter(
        label: "gateway_hedged_read_results_total", dimensions: [("answered", "none")])
    private let unaffordable = Counter(label: "gateway_hedges_over_budget_total")

    init(isEnabled: Bool) { self.isEnabled = isEnabled }

    func keep(_ shards: Set<ShardID>) {
        board.withLock { $0.keep { shards.contains($0.shard) } }
    }

    /// Runs `first`, and `second` beside it if that is not answered in its usual time; the first answer
    /// wins, and the other call is cancelled.
    ///
    /// Without a second replica, or without budget, it costs no task and no timer.
    /// - Parameter second: Nil if there is nobody else to ask.
    /// - Throws: What `first` throws.
    func read<Value: Sendable>(
        _ key: ShardReadKey, _ first: @escaping @Sendable () async throws -> Value,
        orElse second: (@Sendable () async throws -> Value)?
    ) async throws -> (value: Value, leg: HedgedRead.Leg) {
        guard isEnabled, let second else { return (try await first(), .first) }
        let begin = ContinuousClock.now
        guard let delay = board.withLock({ $0.begin(key) }) else {
            let value = try await first()
            took(begin.duration(to: .now), key)
            return (value, .first)
        }
        return try await race(key, since: begin, delay, first, second)
    }

    private func took(_ duration: Duration, _ key: ShardReadKey) {
        board.withLock { $0.took(duration, key) }
    }

    private enum Outcome<Value: Sendable>: Sendable {
        case delayPassed
        case ended(HedgedRead.Leg, Result<Value, any Error>)
    }

    private func race<Value: Sendable>(
        _ key: ShardReadKey, since begin: ContinuousClock.Instant, _ delay: Duration,
        _ first: @escaping @Sendable () async throws -> Value,
        _ second: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value, leg: HedgedRead.Leg) {
        try await withThrowingTaskGroup(of: Outcome<Value>?.self) { group in
            // Whoever loses is cancelled; its call is withdrawn and ends at once.
            defer { group.cancelAll() }
            var state = HedgedRead()
            var failure: (any Error)?
            var isHedged = false
            group.addTask { .ended(.first, await Result { try await first() }) }
            group.addTask {
                do { try await Task.sleep(for: delay) } catch { return nil }
                return .delayPassed
            }
            while let outcome = try await group.next() {
                var answer: Value?
                let event: HedgedRead.Event
                switch outcome {
                case nil: continue
                case .delayPassed:
                    let mayHedge = board.withLock { $0.takeHedge() }
                    if !mayHedge { unaffordable.increment() }
                    event = .delayPassed(mayHedge: mayHedge)
                case .ended(let leg, .success(let value)):
                    answer = value
                    event = .answered(leg)
                case .ended(let leg, .failure(let error)):
                    if leg == .first { failure = error }
                    event = .failed(leg)
                }
                switch state.step(event) {
                case .wait: break
                case .hedge:
                    isHedged = true
                    sent.increment()
                    group.addTask { .ended(.second, await Result { try await second() }) }
                case .answer(let leg):
                    guard let value = answer else { preconditionFailure("no answer of the \(leg)") }
                    took(begin.duration(to: .now), key)
                    if isHedged { (leg == .second ? won : lost).increment() }
                    return (value, leg)
                case .fail:
                    if isHedged { failed.increment() }
                    throw failure ?? CancellationError()
                }
            }
            throw failure ?? CancellationError()
        }
    }
}

extension Result where Failure == any Error, Success: Sendable {
    /// What `body` returns or throws.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
