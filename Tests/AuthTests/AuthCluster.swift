import Actors
import Auth
import Distributed
import Fixtures
import Foundation
import Logging
import Protocols
import Synchronization
import Testing

/// All that nodes have logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
}

/// The bootstrap tokens that nodes have shown.
final class ShownTokens: Sendable {
    private let tokens = Mutex<[Secret]>([])
    var all: [Secret] { tokens.withLock { $0 } }
    func append(_ token: Secret) { tokens.withLock { $0.append(token) } }
}

/// Auth nodes in one process, over a network in memory.
actor AuthCluster {
    let network = InMemoryNetwork(seed: 5)
    nonisolated let directory: TemporaryDirectory
    nonisolated let logs = LogLines()
    private nonisolated let announced = ShownTokens()
    private let names: [String]
    private var nodes: [String: (system: ClusterActorSystem, task: Task<Void, any Error>)] = [:]
    private var clientSystem: ClusterActorSystem?

    static let password = Secret("correct horse battery")

    init(_ names: [String]) async throws {
        directory = try TemporaryDirectory()
        self.names = names
        for name in names { try start(name) }
        let system = try makeSystem("client")
        system.allow(errors: ServiceError.self)
        clientSystem = system
    }

    private func makeSystem(_ name: String) throws -> ClusterActorSystem {
        let system = try ClusterActorSystem(
            .init(
                node: NodeID(name), clusterID: "test",
                endpoint: InMemoryNetwork.endpoint(of: NodeID(name)), logger: logs.logger),
            transport: network.transport(NodeID(name)))
        try system.start()
        for other in names where other != name {
            system.setEndpoint(InMemoryNetwork.endpoint(of: NodeID(other)), of: NodeID(other))
        }
        return system
    }

    /// Starts a node, or starts it again.
    func start(
        _ name: String, secret: [UInt8] = (0..<32).map { UInt8($0) },
        as start: AuthNode.Settings.Start = .bootstrap, renewsBootstrapToken: Bool = false
    ) throws {
        let system = try makeSystem(name)
        var settings = AuthNode.Settings(
            dataDirectory: directory.appending(name), members: names.map { NodeID($0) },
            secret: secret, start: start,
            announce: { [announced] token in announced.append(token) })
        settings.passwordCost = .least
        settings.renewsBootstrapToken = renewsBootstrapToken
        let node: AuthNode
        do {
            node = try AuthNode(on: system, settings: settings, logger: logs.logger) {
                Issue.record("auth node \(name) is fenced: \($0)")
            }
        } catch {
            Task { await system.shutdown() }
            throw error
        }
        // Waited for by `stop`.
        nodes[name] = (system, Task { try await node.run() })
    }

    func stop(_ name: String) async throws {
        guard let node = nodes.removeValue(forKey: name) else { return }
        node.task.cancel()
        _ = await node.task.result
        await node.system.shutdown()
    }

    func stop() async throws {
        for name in names { try await stop(name) }
        await clientSystem?.shutdown()
    }

    /// The newest bootstrap token, as soon as there are so many.
    func bootstrapToken(_ count: Int = 1) async throws -> Secret {
        while true {
            let tokens = announced.all
            if tokens.count >= count { return tokens[count - 1] }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    nonisolated var announcedCount: Int { announced.all.count }

    func stub(_ name: String) throws -> $AuthService<ClusterActorSystem> {
        guard let clientSystem else { throw CancellationError() }
        return try $AuthService.resolve(
            id: ActorID(node: NodeID(name), name: WellKnownName.auth), using: clientSystem)
    }

    /// The node that leads, as soon as one does.
    func leader() async throws -> String {
        while true {
            for name in names where nodes[name] != nil {
                if (try? await stub(name).status().role) == .leader { return name }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Calls whoever leads, again while that changes.
    func call<Answer: Sendable>(
        _ body: @Sendable ($AuthService<ClusterActorSystem>) async throws -> Answer
    ) async throws -> Answer {
        while true {
            do {
                return try await body(try stub(try await leader()))
            } catch let error as ServiceError
                where [.notLeader, .unavailable].contains(error.code)
            {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// The first administrator, logged in.
    func admin() async throws -> SessionTokens {
        let token = try await bootstrapToken()
        _ = try await call {
            try await $0.register(
                RegisterRequest(
                    proof: .bootstrapToken(token), name: "root", password: Self.password))
        }
        return try await login("root")
    }

    func login(_ name: String, _ password: Secret = AuthCluster.password) async throws
        -> SessionTokens
    {
        try await call { try await $0.login(LoginRequest(name: name, password: password)) }
    }

    /// The bytes of all files of all nodes.
    nonisolated func stored() throws -> Data {
        var bytes = Data()
        let files = FileManager.default.enumerator(atPath: directory.path)
        while let name = files?.nextObject() as? String {
            // Directories have no bytes.
            bytes.append(
                (try? Data(contentsOf: URL(filePath: directory.appending(name)))) ?? Data())
        }
        return bytes
    }
}

extension SessionTokens {
    var credential: Credential { .accessToken(accessToken.value) }
}
