import Actors
import Primitives
import Protocols

extension ServiceError {
    /// What an error inside a gateway means to whoever called it.
    init(inGateway error: any Error) {
        switch error {
        case let error as ServiceError: self = error
        case let error as ActorSystemError: self.init(ofCall: error)
        default: self.init(.internal, "\(error)")
        }
    }

    private init(ofCall error: ActorSystemError) {
        let text = "\(error)"
        switch error {
        case .deadlineExceeded: self.init(.deadlineExceeded, text)
        case .overloaded: self.init(.overloaded, text)
        case .messageTooLarge: self.init(.tooLarge, text)
        case .unreachable, .unknownActor: self.init(.unavailable, text)
        case .lost, .shutDown: self.init(.unknownOutcome, text)
        default: self.init(.internal, text)
        }
    }

    /// The same error, saying which shard and worker it comes from.
    func naming(_ shard: ShardID, of collection: String, on worker: String) -> ServiceError {
        var error = self
        error.message = "shard \(shard) of collection \(collection) on \(worker): \(message)"
        error.details["shard"] = String(shard.rawValue)
        error.details["worker"] = worker
        return error
    }
}
