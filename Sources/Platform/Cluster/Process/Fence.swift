public import ServiceLifecycle

/// Ends its process when a disk has failed: whoever goes on after a failed write acknowledges what
/// is not there.
public final class Fence: Service, Sendable {
    private let errors: AsyncStream<any Error>
    private let continuation: AsyncStream<any Error>.Continuation

    init() {
        (errors, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// Ends the process with this error; the first one counts.
    public func trip(_ error: any Error) { continuation.yield(error) }

    /// Waits for the error or the end.
    public func run() async throws {
        for await error in errors.cancelOnGracefulShutdown() { throw error }
    }
}
