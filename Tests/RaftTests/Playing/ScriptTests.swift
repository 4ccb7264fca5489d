import Foundation
import Raft
import Testing

@Suite struct `A script` {
    private static let scripts: [Script] = {
        PlantedFault.plant()
        return (try? Script.all()) ?? []
    }()

    @Test func `is there for each part of the algorithm`() {
        #expect(Self.scripts.count >= 45)
    }

    @Test(arguments: scripts) func `is played as it is written`(script: Script) throws {
        let (text, differences) = script.play()
        if ProcessInfo.processInfo.environment["UPDATE_SCRIPTS"] == "1" {
            try text.write(to: script.file, atomically: true, encoding: .utf8)
        } else if let first = differences.first {
            // What follows the first difference is mostly its consequence.
            Issue.record("\(first)\n(\(differences.count) differences)")
        }
    }

    @Test func `that is wrong fails`() throws {
        let script = Script(
            file: URL(filePath: "wrong.txt"),
            text: """
                cluster 1
                elect 1
                    1 is follower of term 7
                """)
        #expect(script.play().differences.count == 1)
    }
}
