import Primitives
import Raft
import Replication
import Worker

// A state machine over its store: does one thing after the other, each of which takes time.
extension World {
    /// Gives a state machine something to do, behind what it has to do.
    func give(_ job: Replica.Job, to group: GroupID, at node: Node) {
        guard let replica = node.replica(of: group) else { return }
        replica.jobs.append(job)
        beginJob(of: replica, at: node)
    }

    private func beginJob(of replica: Replica, at node: Node) {
        guard node.isUp, !replica.isBusy, !replica.jobs.isEmpty else { return }
        replica.isBusy = true
        schedule(
            .job(node: node.number, life: node.life, replica.group),
            after: nodeRandom.below(2 * plan.applyTime + 1))
    }

    /// The time for the first job has come.
    func doJob(of group: GroupID, at node: Node) {
        guard let replica = node.replica(of: group), !replica.jobs.isEmpty, survives(node) else {
            return
        }
        replica.isBusy = false
        switch replica.jobs.removeFirst() {
        case .apply(let entries): apply(entries, to: replica, at: node)
        case .sync:
            node.stores[group]?.flush()
            guard survives(node), let base = node.stores[group]?.durable.base else { return }
            node.raft.madeDurable(group, through: base.index)
        case .open(let stream):
            guard let state = node.stores[group]?.state else { return }
            replica.sources.append(Replica.Source(stream: stream, bytes: state.snapshot))
            node.raft.snapshotOpened(group, stream: stream, base: state.base)
        case .read(let stream, let maxByteCount):
            read(stream, maxByteCount: maxByteCount, of: replica, at: node)
        case .store(let stream, let bytes, let isFirst):
            replica.parts = isFirst ? bytes : replica.parts + bytes
            node.raft.chunkStored(group, stream: stream)
        case .install(let stream, let base):
            install(base, stream: stream, in: replica, at: node)
        }
        guard node.isUp else { return }
        pump(node, touched: [group])
        beginJob(of: replica, at: node)
    }

    private func apply(_ entries: [Entry], to replica: Replica, at node: Node) {
        let group = replica.group
        // What a snapshot has brought since they were committed is not applied again.
        let applied = node.stores[group]?.state.base.index ?? 0
        var rest = entries.drop { $0.index <= applied }
        while !rest.isEmpty {
            guard survives(node), var state = node.stores[group]?.state else { return }
            // Any number of entries may share a write batch.
            let count = nodeRandom.within(1...rest.count)
            var outcomes: [(entry: Entry, outcome: AppliedState.Outcome)] = []
            for entry in rest.prefix(count) {
                guard entry.index == state.base.index + 1 else {
                    return report(
                        "entries are applied in order",
                        "group \(group) at node \(node.number): \(entry.index) behind \(state.base.index)"
                    )
                }
                let outcome = state.apply(entry)
                outcomes.append((entry, outcome))
                oracle.applied(entry, outcome, state, of: replica, in: self)
            }
            rest = rest.dropFirst(count)
            node.stores[group]?.write(state)
            guard survives(node) else { return }
            node.raft.applied(group, through: state.base.index)
            for (entry, outcome) in outcomes {
                answer(entry, outcome, of: replica, at: node)
                if let next = outcome.next {
                    // Only a leader can; a refusal is no news.
                    _ = try? node.raft.propose(group, ShardEntry(next).bytes)
                }
            }
            answerReads(of: replica, at: node)
        }
    }

    private func read(
        _ stream: UInt64, maxByteCount: Int, of replica: Replica, at node: Node
    ) {
        guard let index = replica.sources.firstIndex(where: { $0.stream == stream }) else { return }
        let source = replica.sources[index]
        let end = min(source.bytes.count, source.offset + maxByteCount)
        replica.sources[index].offset = end
        node.raft.chunkRead(
            replica.group, stream: stream, bytes: Array(source.bytes[source.offset..<end]),
            isLast: end == source.bytes.count)
    }

    private func install(
        _ base: LogBase, stream: UInt64, in replica: Replica, at node: Node
    ) {
        guard let old = node.stores[replica.group]?.state else { return }
        if old.base.index >= base.index {
            // What was on its way to be applied has come as far.
            return node.raft.snapshotInstalled(replica.group, stream: stream)
        }
        let state: AppliedState
        do {
            state = try AppliedState(base: base, snapshot: replica.parts, replacing: old)
        } catch {
            return report("a snapshot is what was sent", "node \(node.number): \(error)")
        }
        replica.parts = []
        oracle.installed(state, of: replica, in: self)
        node.stores[replica.group]?.install(state)
        guard survives(node) else { return }
        node.raft.snapshotInstalled(replica.group, stream: stream)
        answerReads(of: replica, at: node)
    }
}
