import Foundation

/// The audit log of one gateway.
struct AuditFile: Hashable {
    /// Who writes it.
    let node: String
    /// The newest file of it.
    let path: String

    /// What the file is called in a gateway's data directory.
    static let name = "audit.jsonl"

    init(node: String, directory: String) {
        self.node = node
        path = directory + "/" + Self.name
    }

    /// The logs in a directory, or in those directly below it, by name.
    static func find(in directory: String) -> [AuditFile] {
        func holdsLog(_ path: String) -> Bool {
            FileManager.default.fileExists(atPath: path + "/" + name)
        }
        // Of a directory that cannot be read nothing is found, and that is said.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let below = names.sorted().filter { holdsLog(directory + "/" + $0) }
        guard !holdsLog(directory), !below.isEmpty else {
            let node = URL(fileURLWithPath: directory).lastPathComponent
            return [AuditFile(node: node, directory: directory)]
        }
        return below.map { AuditFile(node: $0, directory: directory + "/" + $0) }
    }
}
