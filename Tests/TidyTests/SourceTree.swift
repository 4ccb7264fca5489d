import Foundation
import Testing

/// The repository as the rules see it.
enum SourceTree {
    /// The folder that holds `Package.swift`.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file of source text.
    struct File: CustomTestStringConvertible {
        /// Its path below the root.
        let path: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var testDescription: String { path }

        /// The modules that the file imports.
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ").map(String.init)
                guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
                    words[..<index].allSatisfy(Self.mayPrecedeImport)
                else { return nil }
                // `import struct Module.Name` names the module before the dot.
                let name = words[words.count - 1]
                return String(name.prefix { $0 != "." })
            }
        }

        private static func mayPrecedeImport(_ word: String) -> Bool {
            word.hasPrefix("@") || ["public", "package", "internal", "private"].contains(word)
        }
    }

    /// The Swift files below some folders, by path.
    static func swiftFiles(below folders: String...) throws -> [File] {
        try folders.flatMap { folder in
            let base = root.appending(path: folder)
            let found = FileManager.default.enumerator(atPath: base.path)
            return try (found?.compactMap { $0 as? String } ?? [])
                .filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }
                .sorted()
                .map { path in
                    File(
                        path: "\(folder)/\(path)",
                        text: try String(contentsOf: base.appending(path: path), encoding: .utf8))
                }
        }
    }
}
