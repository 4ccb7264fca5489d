internal import CZeroMQ

/// What a socket does with messages.
public enum SocketKind: Sendable {
    /// Talks to one peer at a time, without waiting for answers.
    case dealer
    /// Talks to many peers, each under its routing ID.
    case router
    /// Answers one request after the other: what ZAP wants.
    case reply
    /// One end of an exclusive pair: how monitors report.
    case pair

    var number: Int32 {
        switch self {
        case .dealer: ZMQ_DEALER
        case .router: ZMQ_ROUTER
        case .reply: ZMQ_REP
        case .pair: ZMQ_PAIR
        }
    }
}
