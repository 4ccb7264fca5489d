public import Distributed

/// The direct ways to an actor's methods: a table of closures, found by the method's name.
///
/// A call whose method has a route runs in well under a microsecond of overhead; without one it
/// goes through the language's `executeDistributedTarget`, which looks up types by name for
/// 10 to 40 µs on every call. Routes are an optimisation only: same semantics, same wire format.
public struct Routes<Act: DistributedActor> where Act.ActorSystem == ClusterActorSystem {
    typealias Body =
        @Sendable (any DistributedActor, InvocationDecoder, Replier) async -> Void

    private(set) var bodies: [String: Body] = [:]

    init() {}

    /// Routes a method that returns a value.
    ///
    /// - Parameters:
    ///   - method: Its name with labels, `search(_:limit:)`.
    ///   - body: Calls the method.
    public mutating func add<each Argument: Codable & Sendable, Success: Codable & Sendable>(
        _ method: String,
        _ body: @escaping @Sendable (Act, repeat each Argument) async throws -> Success
    ) {
        bodies[method] = { actor, decoder, replier in
            // The table belongs to the actor's type, see `TargetTable`.
            let actor = unsafeDowncast(actor, to: Act.self)
            do {
                var decoder = decoder
                let arguments = (repeat try decoder.next((each Argument).self))
                replier.succeed(try await body(actor, repeat each arguments))
            } catch {
                replier.fail(error)
            }
        }
    }

    /// Routes a method that returns nothing.
    public mutating func add<each Argument: Codable & Sendable>(
        _ method: String,
        _ body: @escaping @Sendable (Act, repeat each Argument) async throws -> Void
    ) {
        bodies[method] = { actor, decoder, replier in
            let actor = unsafeDowncast(actor, to: Act.self)
            do {
                var decoder = decoder
                let arguments = (repeat try decoder.next((each Argument).self))
                try await body(actor, repeat each arguments)
                replier.succeed()
            } catch {
                replier.fail(error)
            }
        }
    }
}

extension InvocationDecoder {
    /// The next argument, as the type that is named.
    fileprivate mutating func next<Argument: Codable>(_ type: Argument.Type) throws -> Argument {
        try decodeNextArgument()
    }
}
