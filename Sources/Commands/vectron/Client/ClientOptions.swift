import Actors
import ArgumentParser
import Client
import Cluster
import Foundation
import Logging

/// How a client command finds its cluster.
struct ClientOptions: ParsableArguments {
    /// Where `vectron dev` and the example clusters listen for clients.
    static let defaultGateway = "tcp://127.0.0.1:7600"

    @Option(
        help: ArgumentHelp(
            "Where a gateway listens; also VECTRON_GATEWAY. Several are parted by commas.",
            valueName: "endpoint"))
    var gateway: String?

    @Option(
        help: ArgumentHelp(
            "The cluster's id, \"vectron\" unless given; also VECTRON_CLUSTER.", valueName: "id"))
    var cluster: String?

    @Option(
        help: ArgumentHelp(
            """
            A cluster file, for its gateways, id and keys; also VECTRON_CONFIG. Encrypted clusters \
            need it.
            """, valueName: "path"))
    var config: String?

    @Option(help: ArgumentHelp("How long one request may take: 500ms, 30s, 5m.", valueName: "time"))
    var timeout = TimeArgument(duration: .seconds(30))

    @Option(help: ArgumentHelp("What to log: trace … critical.", valueName: "level"))
    var logLevel = Logger.Level.critical

    /// Connects, runs `body` and disconnects.
    func withClient<Value>(_ body: (VectronClient) async throws -> Value) async throws -> Value {
        ProcessLog.bootstrap(level: logLevel)
        let connection = try await ClientConnection.open(self)
        do {
            let value = try await body(connection.client)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// An option, or the variable that stands for it.
    static func value(_ option: String?, _ variable: String) -> String? {
        option ?? ProcessInfo.processInfo.environment[variable]
    }
}

/// A duration as an argument.
struct TimeArgument: ExpressibleByArgument {
    let duration: Duration

    init(duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = ClusterFile.duration(argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { "\(duration.components.seconds)s" }
}
