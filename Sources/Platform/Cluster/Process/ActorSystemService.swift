public import Actors
public import ServiceLifecycle

/// An actor system as a service: it is shut down after all services that stand on it have ended.
public struct ActorSystemService: Service {
    private let system: ClusterActorSystem

    /// Makes a service of a started system.
    public init(_ system: ClusterActorSystem) { self.system = system }

    /// Waits for the end and shuts the system down.
    public func run() async throws {
        // The wait ends by cancellation too; either way the system has to end.
        try? await gracefulShutdown()
        await system.shutdown()
    }
}
