import Actors
import Client
import Cluster
import Foundation
import Protocols

/// A cluster of processes on this machine, started from here.
///
/// | file in the state directory | content |
/// |---|---|
/// | `cluster.yaml` | the cluster file that the nodes run with, paths absolute |
/// | `NODE.pid` | ``ProcessIdentity`` of the node's process as JSON |
/// | `NODE.ready` | the number of the process, written by itself once it listens |
/// | `NODE.log` | what the node wrote, of all its lives |
/// | `NODE.bridge` | of an isolated cluster: the socket of a gateway's bridge |
/// | `network.json` | of an isolated cluster: its ``NodeNetwork`` |
struct LocalCluster {
    /// The state directory.
    let directory: String
    /// What runs.
    let file: ClusterFile
    /// Of an isolated cluster: where packets can be dropped.
    let network: NodeNetwork?

    /// How long all nodes may take until they answer.
    static let startTimeout = Duration.seconds(60)
    /// How long after SIGTERM a node may end by itself, above what its file allows.
    private static let stopMargin = Duration.seconds(5)

    private static func configurationPath(in directory: String) -> String {
        directory + "/cluster.yaml"
    }

    private static func networkPath(in directory: String) -> String {
        directory + "/network.json"
    }

    private func pidPath(_ node: String) -> String { "\(directory)/\(node).pid" }

    private func readyPath(_ node: String) -> String { "\(directory)/\(node).ready" }

    /// Where a node's output goes.
    func logPath(_ node: String) -> String { "\(directory)/\(node).log" }
}

// MARK: - Making and finding

extension LocalCluster {
    /// How the nodes reach each other.
    enum Isolation {
        /// By the endpoints of the file.
        case none
        /// Each node has a network namespace of its own.
        case namespaces
    }

    /// Makes the state directory of a cluster, of which nothing may run, and its network.
    static func create(
        _ file: ClusterFile, in directory: String, _ isolation: Isolation = .none
    ) throws -> LocalCluster {
        if let old = try find(in: directory) {
            let running = old.file.nodes.filter { old.process(of: $0.name) != nil }
            guard running.isEmpty else {
                throw CommandError(
                    """
                    a cluster runs already (\(running.map(\.name).joined(separator: ", "))); \
                    stop it with: vectron cluster down --state \(directory)
                    """)
            }
            old.removeNetwork()
        }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            let made =
                switch isolation {
                case .none: LocalCluster(directory: directory, file: file, network: nil)
                case .namespaces: try isolated(file, in: directory)
                }
            try Data(made.file.yaml.utf8).write(
                to: URL(fileURLWithPath: configurationPath(in: directory)), options: .atomic)
            return made
        } catch let error as CocoaError {
            throw CommandError("\(directory) cannot be written: \(error.localizedDescription)")
        }
    }

    private static func isolated(
        _ file: ClusterFile, in directory: String
    ) throws -> LocalCluster {
        let network = try NodeNetwork.claim(for: file)
        var file = file
        do {
            try network.place(&file, directory: directory)
            let cluster = LocalCluster(directory: directory, file: file, network: network)
            // Before it is built: what is begun can be found and removed.
            try cluster.save(network)
            try network.build()
            return cluster
        } catch {
            network.remove()
            throw error
        }
    }

    /// Writes what the network is.
    func save(_ network: NodeNetwork) throws {
        try JSONEncoder().encode(network).write(
            to: URL(fileURLWithPath: Self.networkPath(in: directory)), options: .atomic)
    }

    /// Removes the network, if there is one; nothing may run in it.
    func removeNetwork() {
        guard let network else { return }
        network.remove()
        // If the file stays, the network is removed once more, which does no harm.
        try? FileManager.default.removeItem(atPath: Self.networkPath(in: directory))
    }

    /// The cluster that was started with this state directory, running or not.
    static func find(in directory: String) throws -> LocalCluster? {
        let path = configurationPath(in: directory)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let network = try FileManager.default.contents(atPath: networkPath(in: directory))
            .map { try JSONDecoder().decode(NodeNetwork.self, from: $0) }
        return LocalCluster(
            directory: directory, file: try ClusterFile.load(path: path, environment: [:]),
            network: network)
    }

    /// The process of a node, if it runs.
    func process(of node: String) -> ProcessIdentity? {
        guard let bytes = FileManager.default.contents(atPath: pidPath(node)),
            let identity = try? JSONDecoder().decode(ProcessIdentity.self, from: bytes),
            identity.isRunning
        else { return nil }  // a damaged file names no process that we could stop
        return identity
    }
}

// MARK: - Nodes

extension LocalCluster {
    /// Whether the processes that are started begin a cluster, or are of one that has begun.
    enum Beginning { case begins, hasBegun }

    /// A cluster begins if no placement driver has data: one that has lost them joins the others.
    var beginning: Beginning {
        let hasData = file.nodes(.placement).contains { node in
            FileManager.default.fileExists(atPath: file.dataDirectory(of: node))
        }
        return hasData ? .hasBegun : .begins
    }

    /// Starts a node's process.
    func start(
        _ node: ClusterFile.Node, _ beginning: Beginning = .hasBegun
    ) throws -> ProcessIdentity {
        if process(of: node.name) != nil { throw CommandError("\(node.name) runs already") }
        // Of an earlier life, whose number may come again.
        try? FileManager.default.removeItem(atPath: readyPath(node.name))
        let identity = try DetachedProcess.startSelf(
            [
                node.role.rawValue, "--config", Self.configurationPath(in: directory),
                "--node", node.name, "--ready-file", readyPath(node.name),
            ]
                + ([.placement, .auth].contains(node.role) && beginning == .begins
                    ? ["--bootstrap"] : []),
            log: logPath(node.name), launcher: network?.launcher(node.name) ?? [])
        do {
            try JSONEncoder().encode(identity).write(
                to: URL(fileURLWithPath: pidPath(node.name)), options: .atomic)
        } catch {
            // A process that nobody could stop later must not run.
            identity.send(SIGKILL)
            throw error
        }
        return identity
    }

    /// Ends a node's process: asks it to, and kills it if it does not.
    ///
    /// - Returns: Whether it ran.
    @discardableResult
    func stop(_ node: String) async throws -> Bool {
        guard let process = process(of: node) else { return false }
        process.send(SIGTERM)
        // A paused process ends when it goes on.
        process.send(SIGCONT)
        if try await !process.waitForEnd(file.timeouts.shutdown + Self.stopMargin) {
            process.send(SIGKILL)
            _ = try await process.waitForEnd(Self.stopMargin)
        }
        try? FileManager.default.removeItem(atPath: pidPath(node))  // names nobody any more
        return true
    }

    /// Kills nodes' processes, all before it waits for the end of one.
    func kill(_ nodes: [String]) async throws {
        let processes = try nodes.map(runningProcess)
        for process in processes { process.send(SIGKILL) }
        for process in processes { _ = try await process.waitForEnd(Self.stopMargin) }
    }

    /// Sends a signal to nodes' processes: SIGSTOP pauses them where they are, SIGCONT lets them
    /// go on.
    func send(_ signal: Int32, to nodes: [String]) throws {
        for process in try nodes.map(runningProcess) { process.send(signal) }
    }

    private func runningProcess(_ node: String) throws -> ProcessIdentity {
        guard let process = process(of: node) else { throw CommandError("\(node) does not run") }
        return process
    }

    /// Ends all, gateways first, so that no request finds the cluster half gone.
    ///
    /// - Returns: Who ran.
    func stopAll() async throws -> [String] {
        var stopped: [String] = []
        for role in [ClusterFile.Role.gateway, .worker, .placement, .auth] {
            stopped += try await withThrowingTaskGroup(of: String?.self) { group in
                for node in file.nodes(role) {
                    group.addTask { try await stop(node.name) ? node.name : nil }
                }
                return try await group.reduce(into: []) { names, name in
                    if let name { names.append(name) }
                }
            }
        }
        return stopped.sorted()
    }
}

// MARK: - Waiting

extension LocalCluster {
    /// Waits until the gateways answer and see every worker that was started.
    ///
    /// - Throws: What a node said before it ended, or who does not answer.
    func waitUntilReady(_ started: [(ClusterFile.Node, ProcessIdentity)]) async throws {
        let deadline = ContinuousClock.now.advanced(by: Self.startTimeout)
        var reason = "no gateway answers"
        while ContinuousClock.now < deadline {
            for (node, process) in started where !process.isRunning {
                throw CommandError("\(node.name) ended: \(lastWords(of: node.name))")
            }
            do {
                if let silent = started.first(where: { !isListening($0.0.name, $0.1) }) {
                    reason = "\(silent.0.name) does not listen"
                } else if let missing = try await missingWorker() {
                    reason = "worker \(missing) does not answer"
                } else {
                    return
                }
            } catch {
                reason = "\(error)"
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CommandError("the cluster is not ready after \(Self.startTimeout): \(reason)")
    }

    /// Whether the node's own process listens, and not a stranger on its port.
    private func isListening(_ node: String, _ process: ProcessIdentity) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: readyPath(node)) else {
            return false
        }
        return String(decoding: bytes, as: UTF8.self) == "\(process.pid)\n"
    }

    /// A running worker that a gateway does not see yet.
    private func missingWorker() async throws -> String? {
        let expected = file.nodes(.worker).filter { process(of: $0.name)?.isPaused == false }
        for gateway in file.nodes(.gateway) where process(of: gateway.name)?.isPaused == false {
            let connection = try await ClientConnection.open(
                file, gateways: [gateway.endpoint], timeout: .seconds(5))
            let answering: Set<String>
            do {
                let workers = try await connection.client.status().workers
                answering = Set(workers.filter { $0.status != nil }.map(\.node))
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
            if let missing = expected.first(where: { !answering.contains($0.name) }) {
                return missing.name
            }
        }
        return nil
    }

    /// The last line of a node's log.
    private func lastWords(of node: String) -> String {
        let bytes = FileManager.default.contents(atPath: logPath(node)) ?? Data()
        let lines = String(decoding: bytes.suffix(4096), as: UTF8.self)
            .split(whereSeparator: \.isNewline)
        return lines.last.map(String.init) ?? "it wrote nothing to \(logPath(node))"
    }
}
