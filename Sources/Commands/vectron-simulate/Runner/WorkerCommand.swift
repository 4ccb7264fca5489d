import ArgumentParser
import Foundation
import Raft

/// `vectron-simulate worker`: some seeds in this process; a trap ends only this one.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Simulate seeds for another process.",
        shouldDisplay: false)

    @Option var first: UInt64
    @Option var last: UInt64
    @Option var stride: UInt64
    @Option var fault: String?

    func run() throws {
        try plant(fault)
        var seed = first
        while seed <= last {
            Main.say("begin \(seed)")
            Main.say(World.run(Plan(seed: seed)).line)
            guard last - seed >= stride else { return }
            seed += stride
        }
    }
}

extension World.Outcome {
    /// The outcome in one line, of which a ``SeedReport`` is made again.
    var line: String {
        """
        end \(seed) trace=\(String(trace, radix: 16)) steps=\(stepCount) \
        operations=\(operationCount) unknown=\(unknownCount) committed=\(committedCount) \
        \(violation.map { "VIOLATION \($0)" } ?? "ok")
        """
    }
}

/// What a worker says of a seed.
struct SeedReport: Sendable {
    var seed: UInt64
    var stepCount = 0
    var operationCount = 0
    /// What was wrong; nil: nothing.
    var failure: String?

    init(seed: UInt64, failure: String?) {
        self.seed = seed
        self.failure = failure
    }

    /// The report of a line, if it is one.
    init?(line: String) {
        let words = line.split(separator: " ", maxSplits: 7)
        guard words.count == 8, words[0] == "end", let seed = UInt64(words[1]),
            let stepCount = Int(words[3].dropFirst("steps=".count)),
            let operationCount = Int(words[4].dropFirst("operations=".count))
        else { return nil }
        self.init(seed: seed, failure: words[7] == "ok" ? nil : String(words[7]))
        self.stepCount = stepCount
        self.operationCount = operationCount
    }
}

/// Plants a mistake.
func plant(_ name: String?) throws {
    guard let name else { return }
    guard let fault = PlantedFault(rawValue: name) else {
        throw ValidationError("There is no planted fault '\(name)'.")
    }
    #if MUTANTS
        PlantedFault.active = fault
    #else
        throw ValidationError("'\(fault.rawValue)' can only be planted in a build with MUTANTS.")
    #endif
}
