import Actors
import ArgumentParser
import Cluster
import Foundation
import Logging

/// `vectron cluster up`.
struct ClusterUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start all nodes of a cluster file and wait until they answer."
    )

    @Argument(help: ArgumentHelp("The cluster file.", valueName: "config")) var path: String

    @Flag(help: "Listen on free ports of loopback instead of those in the file.")
    var freePorts = false

    @Flag(
        help: """
            Give every node a network of its own, which "partition" can cut; needs root.
            """)
    var isolate = false

    @Option(
        help: ArgumentHelp("Where the data goes, instead of data.directory.", valueName: "path"))
    var dataDirectory: String?

    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        ProcessLog.bootstrap(level: .critical)
        var file = try ClusterFile.load(
            path: path, environment: ProcessInfo.processInfo.environment,
            flags: dataDirectory.map { ["data.directory=\($0)"] } ?? [])
        if freePorts { try FreePorts.choose(for: &file) }
        if let keys = file.keysDirectory { try makeKeysIfMissing(keys, file) }
        let cluster = try LocalCluster.create(
            file, in: options.directory, isolate ? .namespaces : .none)
        file = cluster.file
        do {
            let beginning = cluster.beginning
            let started = try file.nodes.map { ($0, try cluster.start($0, beginning)) }
            try await cluster.waitUntilReady(started)
        } catch {
            // All or nothing; what went wrong is said, not that stopping was hard as well.
            _ = try? await cluster.stopAll()
            cluster.removeNetwork()
            throw error
        }
        let gateways = file.nodes(.gateway).map(\.endpoint.rawValue).joined(separator: ",")
        print("\(file.nodes.count) nodes of cluster \(file.id) are up; gateway at \(gateways)")
        print("logs and process numbers are in \(cluster.directory)")
    }

    /// A cluster on one machine has all keys in one place, so they can be made here.
    private func makeKeysIfMissing(_ path: String, _ file: ClusterFile) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try KeyDirectory(path: path).generate(for: file)
        print("made keys in \(path)")
    }
}
