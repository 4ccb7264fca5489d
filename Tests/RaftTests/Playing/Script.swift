import Foundation
import Testing

/// A story of a Raft group: commands at the margin, and indented below each what it brings about.
///
/// `Scripts/README.md` tells the commands.
struct Script: Sendable, CustomTestStringConvertible {
    /// A command, or text between commands, with the number of its line.
    enum Part {
        case text(Substring)
        case command(Substring, line: Int, expected: [Substring])
    }

    let file: URL
    let text: String

    var testDescription: String { file.deletingPathExtension().lastPathComponent }

    /// All scripts, by name.
    static func all() throws -> [Script] {
        let folder = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Scripts")
        return try FileManager.default
            .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "txt" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { Script(file: $0, text: try String(contentsOf: $0, encoding: .utf8)) }
    }

    /// The parts in order.
    var parts: [Part] {
        var parts: [Part] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if line.hasPrefix("    "),
                case .command(let command, let first, let expected) = parts.last
            {
                parts[parts.count - 1] = .command(
                    command, line: first, expected: expected + [line.dropFirst(4)])
            } else if line.isEmpty || line.hasPrefix("#") {
                parts.append(.text(line))
            } else {
                parts.append(.command(line, line: number + 1, expected: []))
            }
        }
        return parts
    }

    /// Plays all commands.
    ///
    /// - Returns: the script as it would have to be written, and where it is not so.
    func play() -> (text: String, differences: [String]) {
        var player = ScriptPlayer()
        var lines: [String] = []
        var differences: [String] = []
        for part in parts {
            switch part {
            case .text(let line):
                lines.append(String(line))
            case .command(let command, let line, let expected):
                let found = player.play(command)
                lines.append(String(command))
                lines += found.map { "    " + $0 }
                if found != expected.map(String.init) {
                    differences.append(
                        """
                        \(file.lastPathComponent):\(line): \(command)
                        expected:
                        \(expected.map { "    " + $0 }.joined(separator: "\n"))
                        found:
                        \(found.map { "    " + $0 }.joined(separator: "\n"))
                        """)
                }
            }
        }
        return (lines.joined(separator: "\n"), differences)
    }
}
