import Client
import Foundation
import Testing

/// What the tutorials show is what is compiled and run here: `tools/docs` cuts it into their steps.
@Suite(.timeLimit(.minutes(2))) struct `The code of the tutorials` {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    private static let resources = folder.appending(
        path: "../../Sources/Clients/Client/Client.docc/Resources")

    /// The lines that belong to a step or to one before.
    ///
    /// A line `// [n]` says of which step the next ones are; of `[hidden]` none is shown.
    private func step(_ number: Int, of source: String) -> String {
        var shownFrom = 0
        var lines: [Substring] = []
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            let words = line.drop { $0 == " " }
            if words.hasPrefix("// ["), let end = words.firstIndex(of: "]") {
                shownFrom = Int(words[words.index(words.startIndex, offsetBy: 4)..<end]) ?? .max
            } else if shownFrom <= number {
                lines.append(line)
            }
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test(arguments: [("Connect", 1), ("FirstCollection", 5), ("TypedPayloads", 7)])
    func `is what is compiled`(name: String, stepCount: Int) throws {
        let source = try String(
            contentsOf: Self.folder.appending(path: "Tutorials/\(name).swift"), encoding: .utf8)
        for number in 1...stepCount {
            let shown = try String(
                contentsOf: Self.resources.appending(path: "\(name)-\(number).swift"),
                encoding: .utf8)
            #expect(
                shown == step(number, of: source), "step \(number) of \(name): run tools/docs")
        }
    }

    @Test func `works`() async throws {
        try await withCluster(workers: ["w1"]) { _, client in
            try await findColours(with: client)
            #expect(try await client.count("colours") == 2)
            try await readPalette(with: client)
            #expect(try await client.count("palette") == 1_000)
        }
    }
}
