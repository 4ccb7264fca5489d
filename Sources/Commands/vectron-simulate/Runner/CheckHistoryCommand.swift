import ArgumentParser
import Foundation
import Linearizability

/// `vectron-simulate check-history`: judges what clients of a real cluster saw.
struct CheckHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-history",
        abstract: "Judge a history of operations: is it linearizable?",
        discussion: "Prints a line for each key that is not legal, and one for all.")

    @Argument(help: "A file of JSON lines.", completion: .file())
    var file: String

    @Flag(help: "Print a line for every key.")
    var all = false

    func run() throws {
        let data = try Data(contentsOf: URL(filePath: file))
        let history = try HistoryFile(lines: data)
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var operationCount = 0
        var unknownCount = 0
        var failureCount = 0
        for (key, operations) in history.operations {
            operationCount += operations.count
            unknownCount += operations.count { $0.output == nil }
            switch Checker(Register<HistoryFile.Value>()).check(operations) {
            case .legal:
                if all { Main.say("key \(key): legal, \(operations.count) operations") }
            case .illegal(let contradiction):
                failureCount += 1
                let states = contradiction.possibleStates.map { $0 ?? "nothing" }
                let line = String(decoding: lines[contradiction.operation - 1], as: UTF8.self)
                Main.say(
                    """
                    key \(key): ILLEGAL at line \(contradiction.operation): \(line) \
                    (possible was \(states.joined(separator: ", ")))
                    """)
            case .undecided(let triedCount):
                failureCount += 1
                Main.say("key \(key): UNDECIDED after \(triedCount) tries")
            }
        }
        Main.say(
            """
            \(history.operations.count) keys, \(operationCount) operations \
            (\(unknownCount) of unknown outcome, \(history.otherCount) lines left out): \
            \(failureCount == 0 ? "linearizable" : "\(failureCount) keys are not linearizable")
            """)
        if failureCount > 0 { throw ExitCode.failure }
    }
}
