/// How the calls of a task travel that nobody waits for.
///
/// A one-way call returns as soon as it was handed to the link; whether it arrives is unknown, and
/// what it throws is dropped. Protocols that make up for loss themselves, such as Raft, save the
/// answer by it: half the messages.
public struct OneWay: Sendable, Hashable {
    /// The lane to take, whatever the size.
    public var lane: Lane

    @TaskLocal static var current: OneWay?
}

/// Makes the calls of `body` one-way, if they return nothing.
///
/// - Parameter lane: Calls on one lane arrive in order, if at all.
/// - Throws: What `body` throws; a call throws only if it could not be handed to a link.
public func oneWay(
    on lane: Lane, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void
) async rethrows {
    try await OneWay.$current.withValue(OneWay(lane: lane), operation: body)
}
