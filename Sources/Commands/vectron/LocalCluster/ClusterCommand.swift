import ArgumentParser

/// `vectron cluster`.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Run a cluster of processes on this machine.",
        subcommands: [
            ClusterUp.self, ClusterDown.self, ClusterStatusCommand.self, ClusterLogs.self,
            ClusterKill.self, ClusterStop.self, ClusterStart.self, ClusterPause.self,
            ClusterResume.self, ClusterPartition.self, ClusterHeal.self,
        ])
}
