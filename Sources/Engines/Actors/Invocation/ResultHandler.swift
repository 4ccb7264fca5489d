public import Distributed

/// Takes the result of an invocation that ran by `executeDistributedTarget`, and sends it back.
public struct ResultHandler: DistributedTargetInvocationResultHandler {
    /// What results must be.
    public typealias SerializationRequirement = any Codable

    let replier: Replier

    /// Sends the value.
    public func onReturn<Success: Codable>(value: Success) async throws {
        replier.succeed(value)
    }

    /// Says that the callee has returned.
    public func onReturnVoid() async throws { replier.succeed() }

    /// Sends the error.
    public func onThrow<Failure: Error>(error: Failure) async throws { replier.fail(error) }
}
