import Primitives
package import Raft
package import Replication

/// One process with its disk: what a crash takes, and what it leaves.
package final class Node {
    /// Its number, from 0.
    package let number: Int

    // MARK: What stays

    /// The disk of the logs of all groups.
    package let device: LogDevice
    /// The stores of the state machines, by group; only looked up, never iterated.
    package var stores: [GroupID: AppliedStore] = [:]

    // MARK: What a crash takes

    /// Counts the lives of the process; an event of an older one is void.
    package var life = 0
    /// Whether the process runs, or stands still.
    package var isUp = false
    /// Whether the process stands still.
    package var isPaused = false
    /// What happened to it while it stood still.
    package var backlog: [World.Event] = []
    /// The production engine's pure part: all groups of the node.
    package var raft: MultiRaft
    /// What is kept for each group, by group.
    package var replicas: [Replica] = []
    /// What waits to be written.
    package var queue = WriteBatch()
    /// What is being written, if anything is.
    package var writing: WriteBatch?
    /// Who waits for a read index, by number of the read; only looked up.
    package var reads: [UInt64: Request] = [:]
    /// The number of the next read.
    package var nextRead: UInt64 = 0
    /// When the clock ticked last.
    package var lastTick: Time = 0
    /// How long its clock's tick is.
    package var tickLength: Time
    /// How long its disk takes to sync.
    package var syncTime: Time
    /// After how many more effects it ends.
    package var effectsUntilCrash: Int?

    /// What one sync makes durable.
    package struct WriteBatch {
        var records: [LogRecord] = []
        /// Which writes of which groups are in it.
        var writes: [Work.GroupWrite] = []
    }

    init(number: Int, plan: Plan) {
        self.number = number
        device = LogDevice(
            random: SeededGenerator(seed: plan.seed).split("disk \(number)"))
        raft = MultiRaft(node: Self.name(number), settings: plan.replication, seed: 0)
        tickLength = vectron_simulate.tickLength
        syncTime = plan.syncTime
    }

    /// The name of a node; those of fewer than ten nodes are in the order of their numbers.
    package static func name(_ number: Int) -> String { "n\(number)" }

    /// The number of a node.
    package static func number(_ name: String) -> Int {
        guard let number = Int(name.dropFirst()) else { preconditionFailure("no node is \(name)") }
        return number
    }

    /// What is kept for a group, if the node has it.
    package func replica(of group: GroupID) -> Replica? {
        for replica in replicas where replica.group == group { return replica }
        return nil
    }
}
