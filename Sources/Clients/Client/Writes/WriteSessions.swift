import Actors
package import Protocols
import Synchronization

/// The sessions of a client, one for each collection that it writes to, opened with the first write.
///
/// Thread safety: any task may call anything.
package final class WriteSessions: Sendable {
    private enum State {
        /// Somebody opens it; these wait.
        case opening(waiters: [AsyncStream<Never>.Continuation])
        case open(WriteWindow, usedAt: ContinuousClock.Instant)
    }

    private let states = Mutex<[String: State]>([:])

    /// Shards forget the sessions that were unused for longest: one that was not used for so long is
    /// not relied on.
    package static let longestIdle = Duration.seconds(600)
    /// Of how many collections sessions are remembered: whoever writes to more opens some again.
    package static let maxCount = 4_096

    /// Makes sessions of no collection.
    package init() {}

    /// Names a write, in a session that is opened if there is none that can be used.
    ///
    /// - Parameter open: Opens a session. Called by one writer at a time for each collection; the
    ///   others wait for it.
    /// - Throws: What `open` throws.
    package func begin(
        _ collection: String, open: @Sendable () async throws -> CollectionSession
    ) async throws -> WriteName {
        while true {
            switch take(collection) {
            case .name(let name): return name
            case .mustOpen:
                do {
                    finishOpening(collection, try await open())
                } catch {
                    finishOpening(collection, nil)
                    throw error
                }
            case .mustWait(let opened): try await wait(for: opened, collection)
            }
        }
    }

    /// A write will not be sent again.
    package func end(_ name: WriteName, of collection: String) {
        states.withLock { states in
            guard case .open(var window, let usedAt) = states[collection],
                window.session == name.session
            else { return }
            window.end(name.sequence)
            states[collection] = .open(window, usedAt: usedAt)
        }
    }

    /// A shard does not know this session any more: the next write opens another one.
    package func expire(_ session: CollectionSession, of collection: String) {
        states.withLock { states in
            guard case .open(let window, _) = states[collection], window.session == session else {
                return
            }
            states[collection] = nil
        }
    }
}

// MARK: - Opening

extension WriteSessions {
    private enum Taken {
        case name(WriteName)
        case mustOpen
        case mustWait(AsyncStream<Never>)
    }

    private func take(_ collection: String) -> Taken {
        states.withLock { states in
            switch states[collection] {
            case .open(var window, let usedAt):
                let now = ContinuousClock.now
                guard usedAt.duration(to: now) < Self.longestIdle, let name = window.begin() else {
                    // Writes that are under way end in the session in which they have begun.
                    break
                }
                states[collection] = .open(window, usedAt: now)
                return .name(name)
            case .opening(let waiters):
                let (opened, waiter) = AsyncStream.makeStream(of: Never.self)
                states[collection] = .opening(waiters: waiters + [waiter])
                return .mustWait(opened)
            case nil: break
            }
            if states.count >= Self.maxCount {
                states = states.filter { if case .opening = $0.value { true } else { false } }
            }
            states[collection] = .opening(waiters: [])
            return .mustOpen
        }
    }

    private func finishOpening(_ collection: String, _ session: CollectionSession?) {
        let waiters = states.withLock { states in
            guard case .opening(let waiters) = states[collection] else {
                preconditionFailure("nobody opened a session of \(collection)")
            }
            states[collection] = session.map { .open(WriteWindow($0), usedAt: .now) }
            return waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    /// Waits until whoever opens the session is done, or the caller's time is up.
    private func wait(for opened: AsyncStream<Never>, _ collection: String) async throws {
        await withTaskGroup(of: Void.self) { group in
            // Its iteration ends with the stream, or with the task.
            group.addTask { for await _ in opened {} }
            if let deadline = Deadline.current {
                // A sleep that is cancelled ends early, which is all that is wanted of it.
                group.addTask { try? await Task.sleep(until: deadline.instant) }
            }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
        guard (Deadline.current?.remaining ?? .seconds(1)) > .zero else {
            throw ServiceError(
                .unavailable,
                "no session for writes of collection \(collection) was opened in time; try again")
        }
    }
}
