import Actors
import Protocols
import Synchronization

extension VectronClient {
    /// Asks a gateway, and again as ``RepeatPolicy`` decides, until the caller's time is up.
    func call<Value: Sendable>(
        _ effect: RepeatPolicy.Effect,
        _ body: @Sendable (any GatewayConnection) async throws -> Value
    ) async throws -> Value {
        try await withDeadline(settings.timeout) {
            let total = Deadline.current?.remaining ?? settings.timeout
            var index = preferred.withLock { $0 }
            var situation = RepeatPolicy.Situation(
                attemptCount: 0, remaining: total, untriedCount: gateways.count)
            var silenceCount = 0
            // What a gateway has said: it tells more than that the time was up.
            var reason: ServiceError?
            while true {
                let patience =
                    settings.repeats == .automatically
                    ? RepeatPolicy.patience(
                        of: effect, total: total, afterSilences: silenceCount) : nil
                do {
                    let gateway = gateways[index]
                    let value = try await withDeadline(patience ?? total) {
                        try await body(gateway)
                    }
                    preferred.withLock { [index] in $0 = index }
                    return value
                } catch let error as CancellationError where Task.isCancelled {
                    throw error
                } catch {
                    situation.attemptCount += 1
                    situation.untriedCount = max(0, situation.untriedCount - 1)
                    situation.remaining = Deadline.current?.remaining ?? .zero
                    situation.mayHaveRun =
                        situation.mayHaveRun || RepeatPolicy.mayHaveRun(error)
                    if error.isSilence { silenceCount += 1 }
                    if let error = error as? ServiceError, error.isRetryable { reason = error }
                    guard settings.repeats == .automatically else {
                        throw ServiceError(inClient: error)
                    }
                    switch RepeatPolicy.decide(after: error, effect, situation) {
                    case .fail(let error): throw error.naming(reason)
                    case .repeated(let pause):
                        index = (index + 1) % gateways.count
                        if pause > .zero {
                            situation.untriedCount = gateways.count
                            try await Task.sleep(for: pause)
                        }
                    }
                }
            }
        }
    }

    /// Writes points of a collection, once, however many attempts it takes.
    ///
    /// - Parameter body: Sends the write, under its name if it has one.
    func write<Value: Sendable>(
        to collection: String,
        _ body: @escaping @Sendable (any GatewayConnection, WriteName?) async throws -> Value
    ) async throws -> Value {
        guard settings.repeats == .automatically else {
            return try await call(.write) { try await body($0, nil) }
        }
        return try await withDeadline(settings.timeout) {
            var reopeningCount = 0
            while true {
                let name = try await sessions.begin(collection) {
                    try await self.call(.read) { try await $0.openSession(collection) }
                }
                // Whatever comes of it, it is not sent again under this name.
                defer { sessions.end(name, of: collection) }
                do {
                    return try await call(.namedWrite) { try await body($0, name) }
                } catch let error as ServiceError where error.isOfExpiredSession {
                    sessions.expire(name.session, of: collection)
                    reopeningCount += 1
                    // An unknown outcome has another code: it may not be sent under another name.
                    guard error.code == .sessionExpired, reopeningCount <= Self.maxReopeningCount
                    else { throw error }
                }
            }
        }
    }

    /// How often a write begins anew because its session is not known any more.
    private static let maxReopeningCount = 3
}

extension ServiceError {
    /// The same error, with what came before the time was up.
    fileprivate func naming(_ reason: ServiceError?) -> ServiceError {
        guard code == .deadlineExceeded, let reason else { return self }
        var error = self
        error.message += "; before that: \(reason.message)"
        error.details.merge(reason.details) { own, _ in own }
        return error
    }
}

extension Error {
    /// Whether whoever was asked did not answer in time.
    fileprivate var isSilence: Bool {
        if case .deadlineExceeded? = self as? ActorSystemError { return true }
        return (self as? ServiceError)?.code == .deadlineExceeded
    }
}
