public import Distributed
internal import Synchronization

extension ClusterActorSystem {
    /// The name for the next actor that is made in this task.
    @TaskLocal static var hostedName: HostedName?

    /// A name that is given to one actor, though its `init` may make others.
    final class HostedName: Sendable {
        private let name: Mutex<String?>
        init(_ name: String) { self.name = Mutex(name) }
        func take() -> String? { name.withLock { $0.take() } }
    }

    /// Makes an actor that is known by name: it answers under ``ActorID/init(node:name:)`` in every
    /// life of this node, and the system keeps it alive until ``unhost(_:)``.
    ///
    /// - Parameters:
    ///   - name: Free on this node, 1 to 256 bytes.
    ///   - make: Makes the actor with the system that it gets.
    public func host<Act>(
        _ name: String, _ make: (ClusterActorSystem) throws -> Act
    ) rethrows -> Act where Act: DistributedActor, Act.ActorSystem == ClusterActorSystem {
        precondition(
            (1...ActorID.maxNameByteCount).contains(name.utf8.count),
            "\(name.debugDescription) is no name for an actor; use 1 to 256 bytes")
        registry.reserve(name)
        do {
            return try Self.$hostedName.withValue(HostedName(name)) { try make(self) }
        } catch {
            registry.remove(name)
            throw error
        }
    }

    /// Ends the hosting of a well-known actor: calls to it fail from now on.
    public func unhost(_ id: ActorID) { forget(id) }

    /// Lets a contract be called on an actor type, with direct ways to its hot methods.
    ///
    /// - Parameters:
    ///   - stub: The contract's generated stub, `$WorkerService<ClusterActorSystem>.self`.
    ///   - type: The actor type that implements it.
    ///   - routes: Adds the routes.
    public func allow<Stub, Act>(
        _ stub: Stub.Type, on type: Act.Type, routes: (inout Routes<Act>) -> Void = { _ in }
    ) where Stub: DistributedActor, Act: DistributedActor, Act.ActorSystem == ClusterActorSystem {
        var table = Routes<Act>()
        routes(&table)
        allowList.targets(of: type).allow(stub: stub, bodies: table.bodies)
        allowList.allow(substitution: stub)
    }

    /// Adds direct ways to an actor type's own methods.
    public func route<Act>(_ type: Act.Type, routes: (inout Routes<Act>) -> Void)
    where Act: DistributedActor, Act.ActorSystem == ClusterActorSystem {
        var table = Routes<Act>()
        routes(&table)
        allowList.targets(of: type).allow(stub: type, bodies: table.bodies)
    }

    /// Lets types stand for generic parameters of targets that other nodes call.
    public func allow(substitutions types: any Any.Type...) {
        for type in types { allowList.allow(substitution: type) }
    }

    /// Lets errors come back from other nodes as their own types.
    public func allow(errors types: any (Error & Codable).Type...) {
        for type in types { allowList.allow(error: type) }
    }
}
