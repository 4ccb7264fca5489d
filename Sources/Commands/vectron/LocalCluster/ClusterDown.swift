import ArgumentParser

/// `vectron cluster down`.
struct ClusterDown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stop the nodes that \"up\" started, and no others.")

    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        guard let cluster = try LocalCluster.find(in: options.directory) else {
            print("no cluster was started in \(options.directory)")
            return
        }
        let stopped = try await cluster.stopAll()
        cluster.removeNetwork()
        print(stopped.isEmpty ? "nothing ran" : "stopped " + stopped.joined(separator: ", "))
    }
}
