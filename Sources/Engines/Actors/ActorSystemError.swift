/// Why a call to a distributed actor has no answer.
///
/// ``outcome`` tells whether the call may have run, which decides whether it may be repeated.
public enum ActorSystemError: Error, Sendable, Hashable {
    /// The node's endpoint is not known, or nobody answers there.
    case unreachable(node: NodeID, reason: String)
    /// The node was lost, or restarted, while the call was under way.
    case lost(node: NodeID, reason: String)
    /// The time was up.
    case deadlineExceeded(target: String, node: NodeID, outcome: Outcome)
    /// A queue is full; what it holds and its limit.
    case overloaded(node: NodeID, queue: String, limit: Int)
    /// There is no such actor on its node (any more).
    case unknownActor(ActorID)
    /// The actor may not be called so: the target is not on the allow-list.
    case targetRefused(target: String, actor: ActorID, reason: String)
    /// The arguments could not be decoded.
    case malformedInvocation(target: String, reason: String)
    /// The answer, or what should have been sent, is not what the types say.
    case malformedReply(target: String, reason: String)
    /// A message is larger than a limit.
    case messageTooLarge(target: String, byteCount: Int, limit: Int)
    /// The callee threw an error of a type that is not `Codable` or not on the allow-list.
    case remoteError(type: String, description: String)
    /// One end did not let the other in.
    case handshakeRefused(endpoint: String, reason: String)
    /// The actor system has been shut down.
    case shutDown
    /// The settings cannot work.
    case invalidSettings(String)

    /// Whether a call may have run.
    public enum Outcome: String, Sendable, Hashable, Codable {
        /// The callee never began it: it may be repeated.
        case notRun
        /// Nobody knows. Repeat it only if running twice does no harm.
        case unknown
        /// The callee ran it.
        case ran
    }

    /// Whether the call may have run.
    public var outcome: Outcome {
        switch self {
        case .unreachable, .overloaded, .unknownActor, .targetRefused, .malformedInvocation,
            .messageTooLarge, .handshakeRefused, .invalidSettings:
            .notRun
        case .lost, .shutDown: .unknown
        case .deadlineExceeded(_, _, let outcome): outcome
        case .malformedReply, .remoteError: .ran
        }
    }
}

extension ActorSystemError: CustomStringConvertible {
    /// What happened, to what, and what to do about it.
    public var description: String {
        switch self {
        case .unreachable(let node, let reason):
            "node \(node) cannot be reached: \(reason); the call has not run"
        case .lost(let node, let reason):
            "node \(node) was lost: \(reason); the call may have run"
        case .deadlineExceeded(let target, let node, let outcome):
            """
            the deadline of \(target) on \(node) has passed; \
            \(outcome == .notRun ? "the call has not run" : "the call may have run")
            """
        case .overloaded(let node, let queue, let limit):
            "\(queue) of node \(node) is full (limit \(limit)); the call has not run, try later"
        case .unknownActor(let id):
            "there is no actor \(id); the call has not run"
        case .targetRefused(let target, let actor, let reason):
            "\(target) on \(actor) is refused: \(reason)"
        case .malformedInvocation(let target, let reason):
            "the arguments of \(target) cannot be decoded: \(reason)"
        case .malformedReply(let target, let reason):
            "the answer of \(target) cannot be decoded: \(reason)"
        case .messageTooLarge(let target, let byteCount, let limit):
            "a message of \(target) has \(byteCount) bytes, more than \(limit)"
        case .remoteError(let type, let description):
            "\(type): \(description)"
        case .handshakeRefused(let endpoint, let reason):
            "\(endpoint): handshake refused: \(reason)"
        case .shutDown:
            "the actor system has been shut down"
        case .invalidSettings(let text):
            text
        }
    }
}
