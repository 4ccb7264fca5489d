import Primitives
import Raft
import Synchronization

/// The thread that writes the log: one call, and one sync, for whatever waits.
///
/// After a failed write it takes no more.
final class LogWriter: Sendable {
    private let executor = ThreadExecutor(name: "raft-log")
    private let append: @Sendable ([LogRecord]) throws -> Void
    private let hasFailed = Atomic(false)

    init(append: @escaping @Sendable ([LogRecord]) throws -> Void) { self.append = append }

    /// Calls `completion` on the thread of the log once the records are durable, or could not be
    /// written.
    func write(
        _ records: [LogRecord], completion: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        executor.run { [self] in
            guard !hasFailed.load(ordering: .relaxed) else {
                let error = ReplicationError.stopped("an earlier write of the log has failed")
                return completion(.failure(error))
            }
            let result = Result { try append(records) }
            if case .failure = result { hasFailed.store(true, ordering: .relaxed) }
            completion(result)
        }
    }
}
