import ArgumentParser
import Foundation
import Raft
import Synchronization

/// `vectron-simulate mutants`: plants one mistake after the other and counts the seeds until it is
/// found.
struct MutantsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutants", abstract: "Prove that the simulation finds planted mistakes.")

    @Argument(help: "Which; all if none is named.")
    var names: [String] = []

    @Option(help: ArgumentHelp("The first and the last seed.", valueName: "A..B"))
    var seeds = SeedRange(first: 1, last: 2_000)

    @Option(help: "One seed, whose options are told; of one mistake.")
    var seed: UInt64?

    @Option(help: "How many seeds run at a time.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        guard (1...256).contains(jobs) else { throw ValidationError("--jobs is 1 to 256.") }
        for name in names where PlantedFault(rawValue: name) == nil {
            throw ValidationError("There is no planted fault '\(name)'.")
        }
        guard seed == nil || names.count == 1 else {
            throw ValidationError("--seed needs one planted fault.")
        }
    }

    func run() throws {
        if let seed {
            var command = RunCommand()
            command.seed = seed
            command.verbose = false
            command.seeds = seeds
            command.jobs = 1
            command.minutes = nil
            command.fault = names[0]
            return try command.run()
        }
        let faults = names.isEmpty ? PlantedFault.allCases.map(\.rawValue) : names
        var survivors: [String] = []
        for fault in faults {
            try plant(fault)
            if !isFound(fault) { survivors.append(fault) }
        }
        guard survivors.isEmpty else {
            Main.say("SURVIVED \(survivors.joined(separator: " "))")
            throw ExitCode.failure
        }
        Main.say("all \(faults.count) planted faults were found")
    }

    private func isFound(_ fault: String) -> Bool {
        let start = ContinuousClock.now
        let found = Found()
        Fleet(seeds: seeds, jobs: jobs, fault: fault).run { report in
            found.take(report)
            return report.failure == nil
        }
        let seconds = String(format: "%.1f", (ContinuousClock.now - start) / .seconds(1))
        guard let (seed, failure) = found.failure else {
            Main.say("\(fault): SURVIVED \(found.count) seeds, \(seconds) s")
            return false
        }
        Main.say(
            "\(fault): found after \(found.count) seeds, \(seconds) s, by seed \(seed): \(failure)")
        return true
    }
}

/// The first seed that found something.
private final class Found: Sendable {
    private let state = Mutex<(count: Int, failure: (UInt64, String)?)>((0, nil))

    func take(_ report: SeedReport) {
        state.withLock { state in
            state.count += 1
            if let failure = report.failure { state.failure = (report.seed, failure) }
        }
    }

    var count: Int { state.withLock { $0.count } }
    var failure: (UInt64, String)? { state.withLock { $0.failure } }
}
