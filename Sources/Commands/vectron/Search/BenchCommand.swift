import ArgumentParser

/// `vectron bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure a running cluster.",
        subcommands: [BenchSearch.self])
}
