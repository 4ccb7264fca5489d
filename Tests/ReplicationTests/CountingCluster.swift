import Actors
import Logging
import Primitives
import Protocols
import Raft
import Replication
import Synchronization

/// A state machine that keeps all commands: whoever misses one, or has one twice, is found out.
final class CommandList: ReplicatedStateMachine {
    struct State: Sendable, Equatable {
        var applied = LogBase(configuration: .empty)
        var commands: [[UInt8]] = []
    }

    private let state: Mutex<State>
    private let incoming = Mutex<[UInt8]>([])

    init(_ state: State = State()) { self.state = Mutex(state) }

    /// Tells a machine that has applied nothing who was in the group from the beginning.
    func begin(with configuration: Configuration) {
        state.withLock { state in
            if state.applied.index == 0 { state.applied.configuration = configuration }
        }
    }

    var content: State { state.withLock { $0 } }

    func apply(_ entries: [Entry]) async throws -> [any Sendable] {
        state.withLock { state in
            entries.map { entry -> any Sendable in
                precondition(entry.index == state.applied.index + 1, "a gap at \(entry.index)")
                state.applied.index = entry.index
                state.applied.term = entry.term
                switch entry.content {
                case .empty: break
                case .configuration(let configuration):
                    state.applied.configuration = configuration
                case .command(let bytes): state.commands.append(bytes)
                }
                return state.commands.count
            }
        }
    }

    func sync() async throws -> LogIndex { content.applied.index }

    func openSnapshot() async throws -> any SnapshotSource { ListSnapshot(content) }

    func storeSnapshotPart(_ bytes: [UInt8], isFirst: Bool) async throws {
        incoming.withLock { $0 = isFirst ? bytes : $0 + bytes }
    }

    func installSnapshot(_ base: LogBase) async throws {
        let bytes = incoming.withLock { $0 }
        var reader = ByteReader(bytes)
        var next = State(applied: base)
        while reader.remainingCount > 0 { next.commands.append(try reader.readCounted()) }
        state.withLock { $0 = next }
    }

    private final class ListSnapshot: SnapshotSource {
        let base: LogBase
        private let rest: Mutex<[UInt8]>

        init(_ state: State) {
            base = state.applied
            var writer = ByteWriter()
            for command in state.commands { writer.write(counted: command) }
            rest = Mutex(writer.bytes)
        }

        func next(maxByteCount: Int) async throws -> (bytes: [UInt8], isLast: Bool) {
            rest.withLock { rest in
                let part = Array(rest.prefix(maxByteCount))
                rest.removeFirst(part.count)
                return (part, rest.isEmpty)
            }
        }
    }
}

/// A log in memory that outlives its engine, as a disk would.
final class MemoryLog: Sendable {
    private let logs = Mutex<[GroupID: StoredLog]>([:])
    let appendCount = Atomic(0)
    /// What the next append throws.
    let failure = Mutex<(any Error)?>(nil)

    func stored(_ group: GroupID) -> StoredLog? { logs.withLock { $0[group] } }

    func append(_ records: [LogRecord]) throws {
        if let error = failure.withLock({ $0 }) { throw error }
        appendCount.add(1, ordering: .relaxed)
        logs.withLock { logs in
            for record in records {
                switch record {
                case .reset(let id, let peer, let hardState, let base):
                    logs[id] = StoredLog(peer: peer, hardState: hardState, base: base)
                case .hardState(let id, let hardState): logs[id]?.hardState = hardState
                case .entries(let id, let entries):
                    guard let first = entries.first else { continue }
                    logs[id]?.entries.removeAll { $0.index >= first.index }
                    logs[id]?.entries += entries
                case .compact(let id, let base):
                    logs[id]?.entries.removeAll { $0.index <= base.index }
                    logs[id]?.base = base
                case .remove(let id): logs[id] = nil
                }
            }
        }
    }
}

/// Engines in one process, over a network in memory, with one group of all.
actor CountingCluster {
    struct Node {
        var system: ClusterActorSystem
        var engine: ReplicationEngine
        var machine: CommandList
        var log: MemoryLog
    }

    static let group: GroupID = 5
    let network = InMemoryNetwork(seed: 3)
    private(set) var nodes: [String: Node] = [:]
    private let names: [String]
    private let settings: ReplicationSettings
    private let tick: Duration

    init(
        _ names: [String] = ["a", "b", "c"], tick: Duration = .milliseconds(5),
        settings: ReplicationSettings = ReplicationSettings()
    ) async throws {
        self.names = names
        self.settings = settings
        self.tick = tick
        for name in names { try await start(name, log: MemoryLog(), machine: CommandList()) }
    }

    private func peer(_ name: String) -> PeerID {
        PeerID(UInt64(names.firstIndex(of: name) ?? names.count) + 1)
    }

    /// Starts a node, or starts it again with what its disks have.
    func start(
        _ name: String, log: MemoryLog, machine: CommandList, as peer: PeerID? = nil,
        founds: Bool = true
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let system = try ClusterActorSystem(
            .init(
                node: NodeID(name), clusterID: "test",
                endpoint: InMemoryNetwork.endpoint(of: NodeID(name)),
                logger: logger),
            transport: network.transport(NodeID(name)))
        try system.start()
        for other in names where other != name {
            system.setEndpoint(InMemoryNetwork.endpoint(of: NodeID(other)), of: NodeID(other))
        }
        let engine = ReplicationEngine(
            on: system, settings: settings, seed: .random(in: 0 ... .max), logger: logger,
            append: { try log.append($0) }, onFence: { _ in })
        _ = ReplicationServer.host(engine, on: system)
        let peers = Dictionary(uniqueKeysWithValues: names.map { (self.peer($0), $0) })
        machine.begin(with: Configuration(voters: founds ? names.map { self.peer($0) } : []))
        await engine.add(
            Self.group, machine: machine, stored: log.stored(Self.group),
            applied: machine.content.applied, peer: peer ?? self.peer(name),
            founders: founds ? names.map { self.peer($0) } : [], nodes: peers,
            leads: name == names.first, onStatus: { _ in })
        engine.start(tickInterval: tick)
        nodes[name] = Node(system: system, engine: engine, machine: machine, log: log)
    }

    /// Ends a node; its disks stay.
    func end(_ name: String) async throws -> Node {
        guard let node = nodes.removeValue(forKey: name) else { throw CancellationError() }
        await node.engine.crash()
        await node.system.shutdown()
        return node
    }

    /// The node that leads, as soon as one of these does.
    func leader() async throws -> (name: String, node: Node) {
        for _ in 0..<4_000 {
            for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
                let status = await node.engine.status(of: Self.group)
                if status?.status.role == .leader { return (name, node) }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw CancellationError()
    }

    /// Proposes through whoever leads, until it is known to be done.
    func propose(_ command: [UInt8]) async throws {
        for _ in 0..<200 {
            do {
                _ = try await leader().node.engine.propose(command, to: Self.group)
                return
            } catch let error as ReplicationError {
                if case .unknownOutcome = error { throw error }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        throw CancellationError()
    }

    /// Waits until the clock of a node's group stands; false if it goes on.
    static func rests(_ node: Node) async throws -> Bool {
        for _ in 0..<2_000 {
            if await node.engine.isQuiescent(group) { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Waits until all living nodes have applied the same.
    func settle() async throws -> CommandList.State? {
        for _ in 0..<2_000 {
            let states = nodes.values.map(\.machine.content)
            if let first = states.first, states.allSatisfy({ $0 == first }) { return first }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }

    func stop() async {
        for node in nodes.values {
            await node.engine.crash()
            await node.system.shutdown()
        }
        nodes = [:]
    }
}
