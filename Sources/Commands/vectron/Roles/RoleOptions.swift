import ArgumentParser
import Cluster
import Foundation
import PlacementDriver
import Telemetry

/// The options of every command that runs one node.
struct RoleOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The cluster file.", valueName: "path"))
    var config: String

    @Option(help: ArgumentHelp("Which node of the file this is.", valueName: "name"))
    var node: String

    @Option(
        help: ArgumentHelp(
            "Where this node keeps its data; else NODE below data.directory.", valueName: "path"))
    var dataDirectory: String?

    @Option(help: ArgumentHelp("What to log: trace … critical.", valueName: "level"))
    var logLevel: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set a key of the cluster file; may be repeated.", valueName: "section.key=value"))
    var settings: [String] = []

    @Option(
        help: ArgumentHelp(
            "Write the process's number there once the node listens.", valueName: "path",
            visibility: .hidden))
    var readyFile: String?

    /// Loads the file, sets up logging and makes the node's actor system, not started.
    func load(
        _ role: ClusterFile.Role, start: PlacementNode.Settings.Start = .join,
        flags: [String] = []
    ) throws -> RunningRole {
        let file = try ClusterFile.load(
            path: config, environment: ProcessInfo.processInfo.environment,
            flags: settings + flags + (logLevel.map { ["log.level=\($0)"] } ?? []))
        let node = try file.node(node, role)
        ProcessLog.bootstrap(level: file.logLevel)
        ProcessTelemetry.bootstrap()
        return try RunningRole(
            file, node, dataDirectory: dataDirectory ?? file.dataDirectory(of: node),
            readyFile: readyFile, start: start)
    }
}
