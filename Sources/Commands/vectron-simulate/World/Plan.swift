import Primitives
import Raft
package import Replication

/// Everything that a seed decides before the world begins: how large it is and what befalls it.
package struct Plan: Sendable, CustomStringConvertible {
    /// The seed.
    package var seed: UInt64
    /// How many processes there are.
    package var nodeCount = 3
    /// How many groups; the first is the catalog, if it `hasCatalog`.
    package var groupCount = 1
    /// Whether the first group is the catalog rather than a shard.
    package var hasCatalog = false
    /// How many voters each group begins with.
    package var voterCount = 3
    /// How many clients there are.
    package var clientCount = 3
    /// How many points each shard has.
    package var keyCount = 3
    /// For how many ticks things go wrong.
    package var faultTickCount = 1_500
    /// The ticks between two faults, on average.
    package var faultGap = 40
    /// What can go wrong.
    package var faults: [Fault] = Fault.allCases

    /// How many messages get lost.
    package var loss = 0.0
    /// How many come twice.
    package var duplication = 0.0
    /// How many take very long, so that later ones overtake them.
    package var straggling = 0.0
    /// How long a message takes, in microseconds, on average.
    package var latency = 200
    /// How long a sync takes, in microseconds, on average.
    package var syncTime = 300
    /// How long applying takes, in microseconds, on average.
    package var applyTime = 100
    /// How much faster or slower clocks run: 0.1 is a tenth.
    package var clockDrift = 0.0
    /// How often a process ends at the next effect, for each thing that happens to it.
    package var crashRate = 0.0
    /// How often the administrator does something, in ticks.
    package var administrationGap = 100
    /// After how many applied entries the state is flushed and the log is cut.
    package var snapshotGap = 20
    /// Whether the administrator says who shall vote and leaders see to it, rather than asking for
    /// each change.
    package var reconciles = false
    /// The settings of the groups.
    package var replication = ReplicationSettings()

    /// Something that goes wrong.
    package enum Fault: String, Sendable, CaseIterable {
        /// A process ends and begins again.
        case crash
        /// All processes end.
        case powerFailure
        /// A process stands still.
        case pause
        /// One node hears and says nothing.
        case isolation
        /// The nodes fall into two halves.
        case split
        /// One direction of one link is cut.
        case oneWay
        /// All links but those of a chain or of one node in the middle are cut.
        case partial
        /// One node's disk is slow.
        case slowDisk
        /// One node's messages are slow.
        case slowNode
        /// A disk is lost.
        case wipe
        /// Bits of a disk flip while its process is down.
        case corruption
        /// A clock changes its rate.
        case clock
    }

    /// What a seed decides.
    package init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed).split("plan")
        nodeCount = random.pick([3, 3, 3, 4, 5, 5, 6, 7])
        voterCount = nodeCount >= 5 && random.chance(0.5) ? 5 : 3
        groupCount = random.pick([1, 1, 1, 2, 2, 3, 4, 8])
        hasCatalog = groupCount > 1 && random.chance(0.3)
        clientCount = random.within(2...5)
        keyCount = random.within(1...4)
        faultTickCount = 2_400 / (groupCount + 1) + 400
        faultGap = random.pick([15, 25, 40, 80])
        // A world in which everything goes wrong at once is tame: much of it stands still.
        faults = Fault.allCases.filter { _ in random.chance(0.5) }
        loss = random.pick([0, 0, 0.01, 0.05, 0.2])
        duplication = random.pick([0, 0, 0.01, 0.1])
        straggling = random.pick([0, 0.01, 0.05, 0.2])
        latency = random.pick([50, 200, 500, 1_500])
        syncTime = random.pick([50, 300, 1_000, 3_000])
        applyTime = random.pick([10, 100, 1_000, 5_000])
        clockDrift = random.pick([0, 0.02, 0.1])
        crashRate = random.pick([0, 0, 0.000_5, 0.002])
        administrationGap = random.pick([20, 50, 100, 100_000])
        snapshotGap = random.pick([5, 20, 20, 60])
        replication.raft.electionTickCount = 10
        replication.raft.maxInflightMessageCount = 4
        replication.raft.maxMessageByteCount = random.pick([64, 256, 1 << 20])
        replication.raft.maxInflightByteCount = random.pick([256, 1 << 20])
        replication.raft.quiesceTickCount = random.chance(0.3) ? random.within(5...30) : nil
        reconciles = random.chance(0.5)
        replication.maxLogEntryCount = snapshotGap
        replication.trailingEntryCount = UInt64(random.below(snapshotGap))
        replication.maxSnapshotCount = random.within(1...2)
        replication.snapshotChunkByteCount = 100
        replication.maxSnapshotTryCount = 3
        replication.maxWakeCount = random.within(1...4)
        // Two clocks that are a tenth off differ by two elevenths.
        if random.chance(0.4) { replication.raft.readMode = .lease(maxDrift: 0.25) }
    }

    /// All of it in one line.
    package var description: String {
        """
        nodes=\(nodeCount) groups=\(groupCount)\(hasCatalog ? " (catalog)" : "") \
        voters=\(voterCount) clients=\(clientCount) keys=\(keyCount) ticks=\(faultTickCount) \
        gap=\(faultGap) faults=\(faults.map(\.rawValue).joined(separator: ",")) loss=\(loss) \
        duplication=\(duplication) straggling=\(straggling) latency=\(latency) \
        sync=\(syncTime) apply=\(applyTime) drift=\(clockDrift) crash=\(crashRate) \
        administration=\(administrationGap) snapshot=\(snapshotGap) \
        reconciles=\(reconciles) message=\(replication.raft.maxMessageByteCount) window=\(replication.raft.maxInflightByteCount) \
        quiesce=\(replication.raft.quiesceTickCount.map(String.init) ?? "never") \
        reads=\(replication.raft.readMode == .quorum ? "quorum" : "lease")
        """
    }
}
