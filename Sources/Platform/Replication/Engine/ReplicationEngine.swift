package import Actors
package import Logging
import Primitives
package import Protocols
package import Raft
import Synchronization

/// Drives the Raft groups of a node: carries out what ``MultiRaft`` decides.
///
/// One thread of its own runs it. Whatever happens is put into an inbox and looked at together:
/// while one batch is under way the next one gathers, so that many proposals share a message, and a
/// sync of the log. Nothing is awaited between looking at the groups and changing them.
///
/// After a failed write of the log or of a state machine it stops: `onFence` is called, upon which
/// the process should end.
package actor ReplicationEngine {
    private let executor: ThreadExecutor
    private let taskExecutor: ThreadTaskExecutor
    /// The engine's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    let system: ClusterActorSystem
    let logger: Logger
    private let onFence: @Sendable (any Error) -> Void
    private let writer: LogWriter
    private let ticker = Ticker()
    private nonisolated let inbox = Mutex(Inbox())
    /// Which life of the cluster this node belongs to; 0: not known yet.
    private nonisolated let cluster = Atomic<UInt64>(0)

    var raft: MultiRaft
    var machines: [GroupID: Machine] = [:]
    private var outboxes: [String: [Outbox]] = [:]
    /// What waits for the write that is under way.
    private var waitingRecords: [LogRecord] = []
    private var waitingWrites: [Work.GroupWrite] = []
    private var isWriting = false
    var nextRead: UInt64 = 0
    var reads: [UInt64: (group: GroupID, continuation: ReadContinuation, end: Instant)] = [:]
    var refusal: ReplicationError?
    var tickCount = 0
    /// When time passed last, and how much of it is a tick.
    private var lastTick = ContinuousClock.now
    private nonisolated let tickInterval = Mutex(Duration.seconds(1))

    typealias Instant = ContinuousClock.Instant
    typealias ReadContinuation = CheckedContinuation<LogIndex, any Error>
    typealias ProposalContinuation = CheckedContinuation<any Sendable, any Error>

    /// A state machine, and what waits for it.
    struct Machine {
        let machine: any ReplicatedStateMachine
        /// Entries that wait for those that are being applied.
        var waiting: [Entry] = []
        var isApplying = false
        var appliedIndex: LogIndex
        /// Who waits for which entry, by index.
        var proposals: [LogIndex: Proposal] = [:]
        /// Who waits until an index is applied.
        var barriers: [(index: LogIndex, continuation: CheckedContinuation<Void, any Error>)] = []
        /// Snapshots that are being read, by stream.
        var sources: [UInt64: any SnapshotSource] = [:]
        let onStatus: @Sendable (Status) -> Void
    }

    /// Who waits for an entry.
    struct Proposal {
        var term: Term
        var continuation: ProposalContinuation
        var end: Instant
    }

    /// What has happened and was not looked at.
    private struct Inbox {
        var events: [@Sendable (isolated ReplicationEngine) -> Void] = []
        var ticks = Ticker.Tick(count: 0, hasStood: false)
    }

    /// Makes an engine without groups; ``start(tickInterval:)`` begins.
    ///
    /// - Parameters:
    ///   - node: The node's name.
    ///   - seed: Another one for each life.
    ///   - append: Writes records to the log and returns once they are durable; called by a
    ///     thread of its own, one call at a time.
    ///   - onFence: Called once if a write fails; the process should end with an error then.
    package init(
        on system: ClusterActorSystem, settings: ReplicationSettings, seed: UInt64, logger: Logger,
        append: @escaping @Sendable ([LogRecord]) throws -> Void,
        onFence: @escaping @Sendable (any Error) -> Void
    ) {
        executor = ThreadExecutor(name: "raft")
        taskExecutor = ThreadTaskExecutor(executor)
        self.system = system
        self.logger = logger
        self.onFence = onFence
        writer = LogWriter(append: append)
        raft = MultiRaft(node: system.node.rawValue, settings: settings, seed: seed)
    }

    /// Begins to let time pass.
    ///
    /// - Parameter tickInterval: How long a tick is.
    package nonisolated func start(tickInterval: Duration) {
        self.tickInterval.withLock { $0 = tickInterval }
        ticker.start(every: tickInterval) { [weak self] tick in
            guard let self else { return }
            let isFirst = inbox.withLock { inbox in
                defer {
                    inbox.ticks.count = min(inbox.ticks.count + tick.count, 2)
                    inbox.ticks.hasStood = inbox.ticks.hasStood || tick.hasStood
                }
                return inbox.events.isEmpty && inbox.ticks.count == 0
            }
            if isFirst { wakeUp() }
        }
    }

    /// Which life of the cluster this node belongs to: messages of others are not taken from now on.
    package nonisolated func belong(to cluster: UInt64) {
        self.cluster.store(cluster, ordering: .relaxed)
    }
}

// MARK: - The inbox

extension ReplicationEngine {
    /// Puts something into the inbox.
    nonisolated func submit(_ event: @escaping @Sendable (isolated ReplicationEngine) -> Void) {
        let isFirst = inbox.withLock { inbox in
            defer { inbox.events.append(event) }
            return inbox.events.isEmpty && inbox.ticks.count == 0
        }
        if isFirst { wakeUp() }
    }

    private nonisolated func wakeUp() {
        // Runs once on the engine's thread; whatever comes before it does is looked at by it.
        executor.run { self.assumeIsolated { $0.drain() } }
    }

    /// Messages have come from another node.
    ///
    /// - Throws: A ``ByteError`` if the bytes are no messages.
    package nonisolated func receive(_ batch: ReplicationBatch) throws {
        let batch = try NodeBatch(bytes: batch.bytes)
        let own = cluster.load(ordering: .relaxed)
        guard own == 0 || batch.cluster == 0 || own == batch.cluster else {
            logger.warning(
                "messages of another cluster are not taken",
                metadata: ["sender": "\(batch.sender)", "cluster": "\(batch.cluster)"])
            return
        }
        submit { $0.raft.receive(batch.messages, from: batch.sender) }
    }

    private func drain() {
        let inbox = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox
        }
        guard refusal == nil else {
            // What waits must be told, or it would wait for ever.
            for event in inbox.events { event(self) }
            return
        }
        // Messages before ticks: a heartbeat that has come must not be missed because this thread
        // was late.
        for event in inbox.events { event(self) }
        // After a pause of the process something else may come before the ticker does.
        let now = ContinuousClock.now
        let hasStood = now - lastTick > tickInterval.withLock { $0 * 4 }
        if inbox.ticks.hasStood || hasStood { raft.clockStood() }
        if inbox.ticks.count > 0 { lastTick = now }
        for _ in 0..<inbox.ticks.count { tick() }
        carryOutWork()
    }

    private func tick() {
        raft.tick()
        tickCount += 1
        if tickCount % 8 == 0 { expire() }
    }

    private func carryOutWork() {
        while true {
            let work = raft.takeWork()
            if work.isEmpty { return }
            carryOut(work)
        }
    }
}

// MARK: - Carrying out

extension ReplicationEngine {
    private func carryOut(_ work: Work) {
        waitingRecords += work.records
        waitingWrites += work.writes
        writeNext()
        for messages in work.outgoing { send(messages) }
        for apply in work.applies { self.apply(apply) }
        for read in work.reads { finish(read.result) }
        for group in work.syncs { sync(group) }
        for step in work.snapshots { take(step) }
        for status in work.statuses { machines[status.group]?.onStatus(status.status) }
    }

    /// Writes what waits, unless a write is under way: then it is part of the next one.
    private func writeNext() {
        guard !isWriting, !waitingRecords.isEmpty || !waitingWrites.isEmpty else { return }
        isWriting = true
        let (records, writes) = (waitingRecords, waitingWrites)
        (waitingRecords, waitingWrites) = ([], [])
        writer.write(records) { result in
            self.submit { engine in
                switch result {
                case .success: engine.written(writes)
                case .failure(let error): engine.fence(error)
                }
            }
        }
    }

    private func written(_ writes: [Work.GroupWrite]) {
        isWriting = false
        raft.persisted(writes)
        writeNext()
    }

    private func send(_ messages: NodeMessages) {
        let node = NodeID(messages.node)
        if outboxes[messages.node] == nil {
            guard
                let stub = try? $ReplicationService<ClusterActorSystem>.resolve(
                    id: ActorID(node: node, name: WellKnownName.replication), using: system)
            else { return }
            outboxes[messages.node] = NodeMessages.Lane.allCases.map { lane in
                Outbox(from: raft.node, lane: lane, to: stub, executor: taskExecutor) {
                    [weak self] in
                    self?.cluster.load(ordering: .relaxed) ?? 0
                }
            }
            watch(node)
        }
        outboxes[messages.node]?[Int(messages.lane.rawValue)].add(messages.messages)
    }

    /// Learns at once when a node's process ends, which closes its connections.
    private func watch(_ node: NodeID) {
        let actor = ActorID(node: node, name: WellKnownName.replication)
        // Ends with the system, or with the engine.
        Task { [weak self, system] in
            while let termination = try? await system.termination(of: actor) {
                guard let self else { return }
                if case .nodeLost = termination { submit { $0.raft.nodeLost(node.rawValue) } }
                guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { return }
            }
        }
    }

    /// Stops for good, because a disk has failed somebody who reads.
    package nonisolated func fence(reading error: any Error) { submit { $0.fence(error) } }

    /// Stops for good: something could not be written.
    func fence(_ error: any Error) {
        guard refusal == nil else { return }
        stop(.stopped("a write has failed: \(error)"))
        logger.error("a write failed, the node stops", metadata: ["error": "\(error)"])
        onFence(error)
    }

    /// Takes no more, and ends what waits.
    func stop(_ error: ReplicationError) {
        guard refusal == nil else { return }
        refusal = error
        ticker.stop()
        for read in reads.values { read.continuation.resume(throwing: error) }
        reads = [:]
        for id in Array(machines.keys) { fail(id, error) }
        machines = [:]
    }
}
