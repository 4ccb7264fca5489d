import ArgumentParser
import Cluster
import Foundation
import Logging

/// `vectron cluster kill`.
struct ClusterKill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Kill nodes at once, as a crash does.")

    @Argument(help: "The nodes.") var nodes: [String]
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let (cluster, _) = try options.nodes(nodes)
        try await cluster.kill(nodes)
        print("killed \(nodes.joined(separator: ", "))")
    }
}

/// `vectron cluster stop`.
struct ClusterStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop nodes, one after the other, and let them finish.")

    @Argument(help: "The nodes.") var nodes: [String]
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let (cluster, _) = try options.nodes(nodes)
        for node in nodes {
            let ran = try await cluster.stop(node)
            print(ran ? "stopped \(node)" : "\(node) did not run")
        }
    }
}

/// `vectron cluster start`.
struct ClusterStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start stopped or killed nodes and wait until they answer.")

    @Argument(help: "The nodes.") var nodes: [String]
    @Flag(help: "Do not wait: the cluster may be unable to answer yet.") var noWait = false
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        ProcessLog.bootstrap(level: .critical)
        let (cluster, nodes) = try options.nodes(nodes)
        let started = try nodes.map { ($0, try cluster.start($0)) }
        if !noWait { try await cluster.waitUntilReady(started) }
        print("started \(self.nodes.joined(separator: ", "))")
    }
}

/// `vectron cluster pause`.
struct ClusterPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause nodes where they are, as a machine that swaps or sleeps does.")

    @Argument(help: "The nodes.") var nodes: [String]
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let (cluster, _) = try options.nodes(nodes)
        try cluster.send(SIGSTOP, to: nodes)
        print("paused \(nodes.joined(separator: ", "))")
    }
}

/// `vectron cluster resume`.
struct ClusterResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let paused nodes go on.")

    @Argument(help: "The nodes.") var nodes: [String]
    @OptionGroup var options: LocalClusterOptions

    func run() async throws {
        let (cluster, _) = try options.nodes(nodes)
        try cluster.send(SIGCONT, to: nodes)
        print("resumed \(nodes.joined(separator: ", "))")
    }
}
