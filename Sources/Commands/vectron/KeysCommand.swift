import ArgumentParser
import Cluster
import Foundation

/// `vectron keys`: the keys of encrypted clusters.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make the keys of an encrypted cluster.",
        subcommands: [Generate.self])

    /// `vectron keys generate`.
    struct Generate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "generate",
            abstract: "Write a CURVE key pair for each node and client; never over one that exists."
        )

        @Option(help: ArgumentHelp("Where to write the keys.", valueName: "path"))
        var directory: String?

        @Option(help: ArgumentHelp("A node or client; may be repeated.", valueName: "name"))
        var node: [String] = []

        @Option(
            help: ArgumentHelp(
                "A cluster file: keys for all its nodes, and for clients.", valueName: "path"))
        var config: String?

        func validate() throws {
            guard config != nil || (!node.isEmpty && directory != nil) else {
                throw ValidationError(
                    "Name the keys: --config FILE, or --directory DIR with --node NAME.")
            }
        }

        func run() async throws {
            var names = node
            var directory = directory
            if let config {
                let file = try ClusterFile.load(
                    path: config, environment: ProcessInfo.processInfo.environment)
                if names.isEmpty { names = KeyDirectory.names(for: file) }
                directory = directory ?? file.keysDirectory
            }
            guard let directory else {
                throw CommandError(
                    "the cluster file names no keys; set cluster.keys in it or give --directory")
            }
            let paths = try KeyDirectory(path: directory).generate(names)
            for path in paths { print(path) }
        }
    }
}
