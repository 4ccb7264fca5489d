import Actors
import Distributed
import Foundation
import Synchronization
import Tracing

/// A contract that knows nothing of the actor system, as those of the services.
@Resolvable
protocol Desk: DistributedActor where ActorSystem: DistributedActorSystem<any Codable> {
    distributed func greet(_ name: String) async throws -> String
    distributed func note(_ text: String) async throws
    distributed func notes() async throws -> [String]
    distributed func refuse(_ reason: String) async throws
    distributed func breakDown() async throws
    distributed func floats(_ value: [Float]) async throws -> [Float]
    distributed func bytes(_ value: [UInt8]) async throws -> [UInt8]
    distributed func data(_ value: Data) async throws -> Data
    distributed func wait() async throws
    distributed func remaining() async throws -> Duration?
}

/// A contract whose method is generic, which the runtime of Swift 6.3 cannot call.
@Resolvable
protocol GenericDesk: DistributedActor where ActorSystem: DistributedActorSystem<any Codable> {
    distributed func same<Value: Codable & Sendable>(_ value: Value) async throws -> Value
}

/// An error that travels as itself.
struct Refusal: Error, Codable, Hashable { var reason: String }

/// An error that does not travel.
struct Breakdown: Error, CustomStringConvertible { let description = "a spring broke" }

/// What a test sees of an actor's inside.
final class Probe: Sendable {
    struct State {
        var begun = 0
        var cancelled = 0
        var isReleased = false
    }
    private let state = Mutex(State())

    var begun: Int { state.withLock { $0.begun } }
    var cancelled: Int { state.withLock { $0.cancelled } }

    /// Ends all waits, now and later.
    func release() { state.withLock { $0.isReleased = true } }

    /// Waits until it is released or its task is cancelled.
    func wait() async throws {
        state.withLock { $0.begun += 1 }
        while !state.withLock({ $0.isReleased }) {
            do {
                try await Task.sleep(for: .milliseconds(1))
            } catch {
                state.withLock { $0.cancelled += 1 }
                throw error
            }
        }
    }
}

/// Answers all that its contract asks, and more that only its own type has.
distributed actor Clerk: Desk, GenericDesk {
    typealias ActorSystem = ClusterActorSystem

    private var written: [String] = []
    private let probe: Probe

    init(probe: Probe = Probe(), actorSystem: ClusterActorSystem) {
        self.probe = probe
        self.actorSystem = actorSystem
    }

    distributed func greet(_ name: String) async throws -> String { "Hello, \(name)!" }
    distributed func note(_ text: String) async throws { written.append(text) }
    distributed func notes() async throws -> [String] { written }
    distributed func refuse(_ reason: String) async throws { throw Refusal(reason: reason) }
    distributed func breakDown() async throws { throw Breakdown() }
    distributed func floats(_ value: [Float]) async throws -> [Float] { value }
    distributed func bytes(_ value: [UInt8]) async throws -> [UInt8] { value }
    distributed func data(_ value: Data) async throws -> Data { value }
    distributed func wait() async throws { try await probe.wait() }
    distributed func remaining() async throws -> Duration? { Deadline.current?.remaining }

    distributed func remaining(at other: ActorID) async throws -> Duration? {
        try await Clerk.resolve(id: other, using: actorSystem).remaining()
    }
    distributed func wait(at other: ActorID) async throws {
        try await Clerk.resolve(id: other, using: actorSystem).wait()
    }
    distributed func tell(_ listener: Listener, _ text: String) async throws -> Int {
        try await listener.hear(text)
    }
    distributed func same<Value: Codable & Sendable>(_ value: Value) async throws -> Value {
        value
    }
    distributed func unencodable() async throws -> Broken { Broken() }
    distributed func tracedBy() async throws -> String? {
        ServiceContext.current?[TraceKey.self]
    }
    distributed func makeListener() async throws -> Listener {
        let listener = Listener(actorSystem: actorSystem)
        kept.append(listener)
        return listener
    }
    distributed func dropListeners() { kept = [] }
    private var kept: [Listener] = []

    /// Lets other nodes call the contract, without routes.
    static func allow(on system: ClusterActorSystem) {
        system.allow($Desk<ClusterActorSystem>.self, on: Clerk.self)
        system.allow($GenericDesk<ClusterActorSystem>.self, on: Clerk.self)
    }

    /// Lets other nodes call the contract, hot methods by routes.
    static func allowWithRoutes(on system: ClusterActorSystem) {
        system.allow($Desk<ClusterActorSystem>.self, on: Clerk.self) { routes in
            routes.add("greet(_:)") { clerk, name in try await clerk.greet(name) }
            routes.add("note(_:)") { clerk, text in try await clerk.note(text) }
            routes.add("notes()") { clerk in try await clerk.notes() }
            routes.add("refuse(_:)") { clerk, reason in try await clerk.refuse(reason) }
            routes.add("breakDown()") { clerk in try await clerk.breakDown() }
            routes.add("floats(_:)") { clerk, value in try await clerk.floats(value) }
            routes.add("bytes(_:)") { clerk, value in try await clerk.bytes(value) }
            routes.add("data(_:)") { clerk, value in try await clerk.data(value) }
            routes.add("wait()") { clerk in try await clerk.wait() }
            routes.add("remaining()") { clerk in try await clerk.remaining() }
        }
    }
}

/// A value that cannot be encoded.
struct Broken: Codable, Sendable {
    init() {}
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws { throw Breakdown() }
}

/// An actor of the caller, to be called back.
distributed actor Listener {
    typealias ActorSystem = ClusterActorSystem
    private(set) var heard: [String] = []

    distributed func hear(_ text: String) async throws -> Int {
        heard.append(text)
        return heard.count
    }
}

/// A generic actor.
distributed actor Box<Value: Codable & Sendable> {
    typealias ActorSystem = ClusterActorSystem
    private var value: Value

    init(_ value: Value, actorSystem: ClusterActorSystem) {
        self.value = value
        self.actorSystem = actorSystem
    }

    distributed func put(_ value: Value) async throws { self.value = value }
    distributed func get() async throws -> Value { value }
}

/// Where the tests' tracer keeps its trace.
enum TraceKey: ServiceContextKey { typealias Value = String }
