import Foundation

/// Programs of the system that set up networks: `ip` and `nft`.
enum SystemTool {
    /// Runs a program to its end.
    ///
    /// - Parameter input: What it reads, much less than a pipe holds.
    /// - Throws: What the program said, if it fails.
    static func run(_ words: [String], input: String = "") throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let (source, output) = (Pipe(), Pipe())
        process.standardInput = source
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try source.fileHandleForWriting.close()
        // Until its end: nothing of what it says fills the pipe.
        let said = String(
            decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let reason = said.trimmingCharacters(in: .whitespacesAndNewlines)
            throw CommandError("\(words.joined(separator: " ")): \(reason)")
        }
    }
}
