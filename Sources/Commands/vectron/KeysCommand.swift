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
                "A cluster file: keys for all its nodes and for clients, where it says.",
                valueName: "path"))
        var config: String?

        func validate() throws {
            guard config != nil || (!node.isEmpty && directory != nil) else {
                throw ValidationError(
                    "Name the keys: --config FILE, or --directory DIR with --node NAME.")
            }
        }

        func run() async throws {
            let file = try config.map { path in
                try ClusterFile.load(
                    path: path, environment: ProcessInfo.processInfo.environment)
            }
            guard let path = directory ?? file?.keysDirectory else {
                throw CommandError(
                    "the cluster file names no keys; set cluster.keys in it or give --directory")
            }
            let directory = KeyDirectory(path: path)
            if let file, node.isEmpty {
                for path in try directory.generate(for: file) { print(path) }
            } else {
                for path in try directory.generate(node) { print(path) }
            }
        }
    }
}
