import Foundation
import HNSW
import PlacementDriver
import Primitives
import Raft
import Replication
import Vectors

/// The seeds that are made by code; those from golden files are made by `tools/fuzzing/seeds`.
enum Seeds {
    /// Writes each to the folder of its target.
    static func write(to directory: String) throws {
        for (target, name, bytes) in batches + catalogs + (try graphs()) {
            let folder = URL(fileURLWithPath: directory).appendingPathComponent(target)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(bytes).write(to: folder.appendingPathComponent(name))
        }
    }

    private static let batches: [(String, String, [UInt8])] = {
        let bodies: [Message.Body] = [
            .preVoteRequest(lastIndex: 3, lastTerm: 2), .voteReply(isGranted: true),
            .append(
                previousIndex: 1, previousTerm: 1, commit: 1,
                [
                    Entry(term: 2, index: 2, content: .empty),
                    Entry(term: 2, index: 3, content: .command([1, 2, 3])),
                    Entry(
                        term: 2, index: 4,
                        content: .configuration(Configuration(voters: [1, 3], outgoing: [1, 2]))),
                ]),
            .appendRefused(previousIndex: 4, hintIndex: 2, hintTerm: 1),
            .heartbeat(commit: 4, round: 9, quiesces: false), .readReply(id: 1, index: 7),
            .snapshotChunk(
                SnapshotChunk(
                    base: LogBase(
                        index: 2, term: 1, configuration: Configuration(voters: [1, 2])),
                    stream: 1, number: 0, bytes: [1, 2, 3], checksum: 4, totalChecksum: 5)),
            .snapshotReply(SnapshotReply(stream: 1, next: 2, state: .receiving)), .timeoutNow,
        ]
        return bodies.enumerated().map { number, body in
            let message = Message(sender: 1, recipient: 2, term: 2, body: body)
            let batch = NodeBatch(
                cluster: 5, sender: "w1", messages: [GroupMessage(group: 7, message: message)])
            return ("node-batch", "\(number)", batch.bytes)
        }
    }()

    private static let catalogs: [(String, String, [UInt8])] = [
        ("catalog", "empty", Catalog().bytes),
        ("catalog-command", "initialize", CatalogCommand.initialize(cluster: 7).bytes),
        ("catalog-command", "skip", CatalogCommand.skipNumbers(3).bytes),
    ]

    private static func graphs() throws -> [(String, String, [UInt8])] {
        let index = try HNSWIndex(
            dimension: 3, metric: .euclid, parameters: HNSWParameters(maxLinks: 4), capacity: 64)
        for row in 0..<12 {
            _ = try index.insert([Float(row * 7 + 1), Float(row % 3), Float(row % 5)])
        }
        var (header, chunk): ([UInt8], [UInt8]) = ([], [])
        index.writeGraph(.allChunks) { part, bytes in
            if case .header = part { header = bytes } else { chunk = bytes }
        }
        let length = [UInt8(header.count & 255), UInt8(header.count >> 8)]
        return [
            ("graph", "twelve-rows", length + header + chunk.dropLast(4)),
            ("graph-header", "twelve-rows", header.dropLast(4)),
        ]
    }
}
