public import Actors
internal import Protocols

extension VectronClient {
    /// Connects with gateways by name, over an actor system that knows where they listen: the way
    /// into an encrypted cluster, where keys are known by names.
    ///
    /// - Throws: ``ServiceError/Code/unavailable`` if none answers.
    public static func connect(
        toNodes gateways: [NodeID], using system: ClusterActorSystem,
        settings: Settings = Settings()
    ) async throws -> VectronClient {
        system.allow(errors: ServiceError.self)
        var connected: [NodeID] = []
        var failures: [String] = []
        for gateway in gateways {
            do {
                try await system.connect(to: gateway)
                connected.append(gateway)
            } catch {
                failures.append("\(error)")
            }
        }
        guard !connected.isEmpty else {
            throw ServiceError(
                .unavailable,
                """
                no gateway answers (\(failures.joined(separator: "; "))); \
                check the keys, and that a gateway runs
                """)
        }
        return try VectronClient(
            nodes: connected, of: system, ownsSystem: false, settings: settings)
    }
}
