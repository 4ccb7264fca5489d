import Actors
import Protocols
import Synchronization

/// One call to a consensus group, attempt after attempt: whom it goes to next, and what its failures
/// mean.
///
/// Thin: ``GroupBoard`` chooses and ``RetryPolicy`` decides. Owned by the task that calls.
struct GroupCall<Group: Hashable & Sendable> {
    let group: Group
    let kind: RetryPolicy.Kind
    /// Shared by all calls of the gateway.
    let board: SharedBoard<Group>
    private var tried: [String] = []
    private var attemptCount = 0
    private var timeoutCount = 0
    private(set) var mayHaveRun = false

    init(_ group: Group, _ kind: RetryPolicy.Kind, board: SharedBoard<Group>) {
        self.group = group
        self.kind = kind
        self.board = board
    }

    /// Whom to ask next; nil if there is nobody.
    mutating func next(among members: [String]) -> String? {
        if candidates(among: members).isEmpty { tried = [] }
        if attemptCount == 0 { board.withLock { $0.takeTurn() } }
        guard let member = candidates(among: members).first else { return nil }
        tried.append(member)
        return member
    }

    /// Whom a second call of the same read may go to; nil: nobody else answers at present.
    func other(among members: [String]) -> String? {
        guard kind == .read || kind == .freshRead else { return nil }
        return candidates(among: members).first
    }

    private func candidates(among members: [String]) -> [String] {
        board.withLock {
            $0.candidates(among: members, of: group, kind, tried: tried, at: .now)
        }
    }

    /// Runs an attempt, ended early if another member could answer instead.
    ///
    /// - Throws: What `body` throws; ``failed(_:asking:among:remaining:)`` says what it means.
    func attempt<Value: Sendable>(
        asking member: String, among members: [String],
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await attempt(asking: member, among: members) { (try await body(), member) }
    }

    /// Runs an attempt that another member than the one that was asked may answer.
    func attempt<Value: Sendable>(
        asking member: String, among members: [String],
        _ body: @Sendable () async throws -> (value: Value, member: String)
    ) async throws -> Value {
        let timeout = RetryPolicy.timeout(
            of: kind, memberCount: members.count, afterTimeouts: timeoutCount,
            first: board.firstTimeout)
        let (value, member) =
            if let timeout { try await withDeadline(timeout, body) } else { try await body() }
        board.withLock { board in
            board.answered(member)
            if kind.showsLeader { board.note(leader: member, of: group) }
        }
        return value
    }

    /// Takes note of a failed attempt and decides what follows.
    mutating func failed(
        _ error: any Error, asking member: String, among members: [String], remaining: Duration
    ) -> RetryPolicy.Decision {
        attemptCount += 1
        if !kind.isRead, RetryPolicy.mayHaveRun(error) { mayHaveRun = true }
        if case ActorSystemError.deadlineExceeded = error { timeoutCount += 1 }
        board.withLock { board in
            if RetryPolicy.isSilence(error) {
                board.silent(member, at: .now)
                if kind.showsLeader { board.note(leader: nil, of: group) }
            } else {
                board.answered(member)
            }
            if let error = error as? ServiceError, error.code == .notLeader {
                board.note(leader: error.leaderHint, of: group)
            }
        }
        let decision = RetryPolicy.decide(
            after: error, kind,
            RetryPolicy.Situation(
                attemptCount: attemptCount, remaining: remaining,
                untriedCount: candidates(among: members).count, memberCount: members.count,
                mayHaveRun: mayHaveRun))
        switch decision {
        case .retry(let pause), .reconcile(_, let pause): if pause > .zero { tried = [] }
        case .fail: break
        }
        return decision
    }
}

/// A ``GroupBoard`` that the calls of a gateway share.
///
/// Thread safety: any thread may call anything.
final class SharedBoard<Group: Hashable & Sendable>: Sendable {
    private let board = Mutex(GroupBoard<Group>())
    /// How long the first attempt of a call may take where another member could answer.
    let firstTimeout: Duration

    init(firstTimeout: Duration = RetryPolicy.firstTimeout) { self.firstTimeout = firstTimeout }

    func withLock<Value>(_ body: (inout GroupBoard<Group>) -> Value) -> Value
    where Value: Sendable {
        board.withLock { body(&$0) }
    }
}
