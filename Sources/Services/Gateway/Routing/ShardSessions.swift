import Actors
package import Protocols
import Synchronization

/// A gateway's write sessions, one for each shard, opened when the first write comes.
///
/// Thread safety: any thread may call anything.
package final class ShardSessions: Sendable {
    private enum State {
        /// Somebody opens it; these wait, by number.
        case opening(waiters: [UInt64: CheckedContinuation<Void, Never>])
        case open(WriteSession)
    }

    private struct Sessions {
        var states: [ShardID: State] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let sessions = Mutex(Sessions())

    /// Makes sessions of no shard.
    package init() {}

    /// Names a write, in a session that is opened if there is none.
    ///
    /// - Parameter open: Opens a session at the shard and returns its number. Called by one writer at
    ///   a time for each shard; the others wait for it.
    /// - Throws: What `open` throws, or ``ServiceError/Code/overloaded``.
    package func begin(
        _ shard: ShardID, open: @Sendable () async throws -> UInt64
    ) async throws -> WriteID {
        while true {
            switch take(shard) {
            case .id(let id): return id
            case .full:
                throw ServiceError(
                    .overloaded,
                    """
                    \(WriteSession.maxWindow) writes of shard \(shard) were begun since the oldest \
                    that is under way; try again later
                    """)
            case .mustOpen:
                do {
                    finishOpening(shard, number: try await open())
                } catch {
                    finishOpening(shard, number: nil)
                    throw error
                }
            case .mustWait: try await waitForOpening(shard)
            }
        }
    }

    /// A write will not be sent again.
    package func end(_ id: WriteID, of shard: ShardID) {
        sessions.withLock { sessions in
            guard case .open(var session) = sessions.states[shard], session.number == id.session
            else { return }
            session.end(id.sequence)
            sessions.states[shard] = .open(session)
        }
    }

    /// The shard does not know this session any more: the next write opens another one.
    package func expire(_ session: UInt64, of shard: ShardID) {
        sessions.withLock { sessions in
            guard case .open(let known) = sessions.states[shard], known.number == session else {
                return
            }
            sessions.states[shard] = nil
        }
    }

    /// Forgets the sessions of all other shards.
    package func keep(_ shards: Set<ShardID>) {
        sessions.withLock { sessions in
            sessions.states = sessions.states.filter { shard, state in
                if case .opening = state { return true }
                return shards.contains(shard)
            }
        }
    }
}

// MARK: - Opening

extension ShardSessions {
    private enum Taken {
        case id(WriteID)
        case full
        case mustOpen
        case mustWait
    }

    private func take(_ shard: ShardID) -> Taken {
        sessions.withLock { sessions in
            switch sessions.states[shard] {
            case .open(var session):
                guard let id = session.begin() else { return .full }
                sessions.states[shard] = .open(session)
                return .id(id)
            case .opening: return .mustWait
            case nil:
                sessions.states[shard] = .opening(waiters: [:])
                return .mustOpen
            }
        }
    }

    private func finishOpening(_ shard: ShardID, number: UInt64?) {
        let waiters = sessions.withLock { sessions in
            guard case .opening(let waiters) = sessions.states[shard] else {
                preconditionFailure("shard \(shard): nobody opened the session")
            }
            sessions.states[shard] = number.map { .open(WriteSession(number: $0)) }
            return waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Waits until whoever opens the session is done, or the caller's time is up.
    private func waitForOpening(_ shard: ShardID) async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.opened(shard) }
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
                "no session for writes of shard \(shard) was opened in time; try again")
        }
    }

    private func opened(_ shard: ShardID) async {
        let waiter = sessions.withLock { sessions in
            sessions.nextWaiter += 1
            return sessions.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = sessions.withLock { sessions in
                    guard !Task.isCancelled,
                        case .opening(var waiters) = sessions.states[shard]
                    else { return false }
                    waiters[waiter] = continuation
                    sessions.states[shard] = .opening(waiters: waiters)
                    return true
                }
                if !isWaiting { continuation.resume() }
            }
        } onCancel: {
            let continuation = sessions.withLock { sessions in
                guard case .opening(var waiters) = sessions.states[shard] else {
                    return nil as CheckedContinuation<Void, Never>?
                }
                defer { sessions.states[shard] = .opening(waiters: waiters) }
                return waiters.removeValue(forKey: waiter)
            }
            continuation?.resume()
        }
    }
}
