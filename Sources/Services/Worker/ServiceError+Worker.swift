import Primitives
import Protocols
import Storage

extension ServiceError {
    /// What an error inside a worker means to whoever called it.
    init(inWorker error: any Error) {
        self =
            switch error {
            case let error as ServiceError: error
            case let error as StorageError: ServiceError(inStorage: error)
            case let error as ThreadPool.Full:
                ServiceError(
                    .overloaded,
                    "\(error.waitingCount) reads wait for a thread; try again later")
            default: ServiceError(.internal, "\(error)")
            }
    }

    private init(inStorage error: StorageError) {
        switch error {
        case .fenced: self.init(.fenced, "\(error)")
        case .corrupted: self.init(.corrupted, "\(error)")
        case .outOfMemory: self.init(.overloaded, "\(error)")
        // Nothing was done here, and another replica may be able to.
        case .unwritable, .locked: self.init(.unavailable, "\(error)")
        default: self.init(.internal, "\(error)")
        }
    }
}
