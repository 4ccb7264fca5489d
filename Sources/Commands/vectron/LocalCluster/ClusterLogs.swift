import ArgumentParser
import Cluster
import Foundation

/// `vectron cluster logs`.
struct ClusterLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show the ends of the nodes' logs.")

    @Argument(help: "One node; else all.") var node: String?

    @Option(help: "How many lines of each.") var lines = 20

    @OptionGroup var options: LocalClusterOptions

    /// As much of a log as is read.
    private static let maxByteCount: UInt64 = 4 << 20

    func run() async throws {
        let cluster = try options.cluster()
        let nodes = try node.map { try options.nodes([$0]).1 } ?? cluster.file.nodes
        let names = nodes.map(\.name)
        for name in names {
            let path = cluster.logPath(name)
            print("==> \(path) <==")
            for line in try Self.end(of: path).suffix(max(0, lines)) { print(line) }
        }
    }

    private static func end(of path: String) throws -> [Substring] {
        guard let handle = FileHandle(forReadingAtPath: path) else { return [] }
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: size > maxByteCount ? size - maxByteCount : 0)
        let bytes = try handle.readToEnd() ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }
}
