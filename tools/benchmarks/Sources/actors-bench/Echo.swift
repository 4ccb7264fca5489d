import Actors
import Distributed
import EchoContract
import FoundationEssentials

distributed actor Echo: EchoService {
    typealias ActorSystem = ClusterActorSystem

    distributed func bytes(_ value: [UInt8]) async throws -> [UInt8] { value }
    distributed func floats(_ value: [Float]) async throws -> [Float] { value }
    distributed func data(_ value: Data) async throws -> Data { value }

    static func allow(on system: ClusterActorSystem) {
        system.allow($EchoService<ClusterActorSystem>.self, on: Echo.self) { routes in
            routes.add("bytes(_:)") { echo, value in try await echo.bytes(value) }
            routes.add("floats(_:)") { echo, value in try await echo.floats(value) }
            routes.add("data(_:)") { echo, value in try await echo.data(value) }
        }
    }
}
