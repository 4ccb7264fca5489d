import Actors
import Protocols

extension ServiceError {
    /// What an error inside a client means to its caller.
    init(inClient error: (any Error)?) {
        switch error {
        case let error as ServiceError: self = error
        case let error as ActorSystemError: self.init(ofCall: error)
        case let error?: self.init(.internal, "\(error)")
        case nil: self.init(.unavailable, "the client knows no gateway; connect to one")
        }
    }

    private init(ofCall error: ActorSystemError) {
        let text = "\(error)"
        switch error {
        case .deadlineExceeded: self.init(.deadlineExceeded, text)
        case .overloaded: self.init(.overloaded, text)
        case .messageTooLarge: self.init(.tooLarge, text)
        case .unreachable, .unknownActor, .handshakeRefused: self.init(.unavailable, text)
        case .lost, .shutDown: self.init(.unknownOutcome, text)
        case .invalidSettings: self.init(.invalidArgument, text)
        default: self.init(.internal, text)
        }
    }
}
