import Actors
public import ArgumentParser
import Cluster
import Foundation
public import Logging
import PlacementDriver
import ServiceLifecycle
import Telemetry

/// `vectron dev`.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Run a whole cluster in this process, on loopback, for trying and developing.")

    @Option(help: ArgumentHelp("Where the data is kept.", valueName: "path"))
    var dataDirectory = ".vectron/dev"

    @Option(help: ArgumentHelp("Where clients connect.", valueName: "endpoint"))
    var endpoint = ClientOptions.defaultGateway

    @Option(
        help: ArgumentHelp("Where clients in other languages connect.", valueName: "endpoint"))
    var bridge: String?

    @Option(help: ArgumentHelp("Where REST is served; none: nowhere.", valueName: "endpoint"))
    var rest = "tcp://127.0.0.1:7680"

    @Flag(help: "Run an auth node as well, for users, sessions and keys.")
    var auth = false

    @Option(help: ArgumentHelp("What to log: trace … critical.", valueName: "level"))
    var logLevel = Logger.Level.warning

    func run() async throws {
        ProcessLog.bootstrap(level: logLevel)
        ProcessTelemetry.bootstrap()
        let process = ServiceProcess(
            logger: Logger(label: "vectron.dev"), shutdownTimeout: .seconds(30))
        var file = ClusterFile(dataDirectory: dataDirectory)
        var services: [any Service] = []
        // In this order each finds the one before it.
        let authNodes = auth ? [(ClusterFile.Role.auth, "auth-1")] : []
        for (role, name) in authNodes + [
            (ClusterFile.Role.placement, "placement"), (.worker, "worker-1"),
            (.gateway, "gateway-1"),
        ] {
            let endpoint = role == .gateway ? endpoint : Self.socket(of: name)
            file.nodes.append(
                .init(name: name, role: role, endpoint: try Endpoint(validating: endpoint)))
            if role == .gateway, let bridge {
                file.nodes[file.nodes.count - 1].bridge = try Endpoint(validating: bridge)
            }
            if role == .gateway, rest != "none" {
                let endpoint = try Endpoint(validating: rest)
                guard endpoint.isLoopback else {
                    throw CommandError(
                        "a cluster without users serves this machine only; use 127.0.0.1, not \(rest)"
                    )
                }
                file.nodes[file.nodes.count - 1].rest = endpoint
            }
            let node = try file.node(name, role)
            let running = try RunningRole(
                file, node, dataDirectory: file.dataDirectory(of: node), start: .bootstrap)
            services += try running.services(fence: process.fence)
        }
        greet()
        try await process.run(services)
        for name in ["placement", "worker-1"] + authNodes.map(\.1) {
            unlink(String(Self.socket(of: name).dropFirst("ipc://".count)))
        }
    }

    /// Among the temporary files: the path of a socket has 107 bytes at most.
    private static func socket(of node: String) -> String {
        "ipc:///tmp/vectron-dev-\(getpid())-\(node)"
    }

    /// How to try REST.
    private var restGreeting: String {
        guard rest != "none" else { return "" }
        let url = "http" + rest.dropFirst("tcp".count)
        guard !auth else {
            return """

                Or by REST at \(url) (\(url)/openapi.json says all), with the bootstrap token first:

                  curl \(url)/v1/bootstrap -d '{"token":"…","name":"admin","password":"…"}'
                  curl \(url)/v1/sessions -d '{"name":"admin","password":"…"}'
                  curl \(url)/v1/collections -H 'Authorization: Bearer …'

                """
        }
        return """

            Or by REST at \(url), which needs no key on this machine (\(url)/openapi.json says all):

              curl -X PUT \(url)/v1/collections/demo -d '{"dimension":3,"metric":"cosine"}'
              curl -X PUT \(url)/v1/collections/demo/points -d '{"points":[{"id":1,"vector":[1,0,0]}]}'
              curl -X POST \(url)/v1/collections/demo/search -d '{"vector":[0.9,0.1,0]}'

            """
    }

    private func greet() {
        let option = endpoint == ClientOptions.defaultGateway ? "" : " --gateway \(endpoint)"
        print(
            """
            Vectron \(Release.version) serves at \(endpoint), its data in \(dataDirectory). \
            Try in another terminal:

              vectron collection create demo --dimension 3 --metric cosine\(option)
              vectron point upsert demo --id 1 --vector '[1,0,0]' --payload '{"name":"x"}'\(option)
              vectron search demo --vector '[0.9,0.1,0]'\(option)
            \(restGreeting)
            Ctrl-C stops it.
            """)
        fflush(nil)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
