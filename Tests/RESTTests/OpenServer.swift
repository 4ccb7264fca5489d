import Distributed
import Gateway
import Logging
import Protocols
import REST

/// A server without users.
func openServer(host: String) throws {
    let door = GuardedGateway(
        backend: FakeDatabase(actorSystem: LocalTestingDistributedActorSystem()), auth: nil,
        audit: nil, wallClock: { Timestamp(0) })
    _ = try RESTServer(
        RESTSettings(host: host), gateway: door, registry: nil, version: "0", logger: .quiet)
}
