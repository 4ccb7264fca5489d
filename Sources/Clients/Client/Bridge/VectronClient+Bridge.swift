public import Actors
import Protocols

extension VectronClient {
    /// Speaks to gateways by their bridge, the door for everybody who is no node of the cluster.
    ///
    /// ```swift
    /// let client = try VectronClient.connect(
    ///     toBridges: ["tcp://127.0.0.1:7601"], key: "vec_…")
    /// ```
    ///
    /// Connecting goes on behind the scenes: whether a gateway is there, and whether it knows the key,
    /// shows in the first request.
    ///
    /// - Parameters:
    ///   - endpoints: Where bridges listen, one or more.
    ///   - key: The API key (`vec_…`) or access token, sent with each request; nil where there are no
    ///     users.
    ///   - keys: For gateways that encrypt; without them keep to this machine, since others could read
    ///     the key on its way.
    ///   - settings: How the client behaves.
    /// - Throws: ``ServiceError/Code/invalidArgument`` if an endpoint cannot be one.
    public static func connect(
        toBridges endpoints: [Endpoint], key: String? = nil, keys: BridgeKeys? = nil,
        settings: Settings = Settings()
    ) throws -> VectronClient {
        guard !endpoints.isEmpty else {
            throw ServiceError.invalidArgument("no bridge is named; name one or more endpoints")
        }
        let connections = try endpoints.map { endpoint in
            do {
                return BridgeConnection(try BridgeLink(endpoint, keys), key: key.map(Secret.init))
            } catch {
                throw ServiceError.invalidArgument(
                    "no bridge can be at \(endpoint): \(error); use tcp://HOST:PORT or ipc://PATH")
            }
        }
        return VectronClient(connections, owning: nil, settings: settings)
    }
}
