import ArgumentParser

/// What `tools/bench gateway` runs; no product has it.
@main
struct GatewayBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectron-gateway-bench",
        abstract: "Calls by every way into a cluster, and a bare HTTP server, for benchmarks.",
        subcommands: [FillCommand.self, OverheadCommand.self, HummingbirdCommand.self])
}
