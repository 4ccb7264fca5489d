import Primitives
package import Raft
import Replication

// What carries out the work of one process's groups; thin, because it is not what is tested.
extension World {
    // MARK: What happens

    /// The driver sees that its clock stood still: nothing that it has measured counts.
    func noticePause(of node: Node) {
        guard now - node.lastTick > node.tickLength + tickLength / 10 else { return }
        node.raft.clockStood()
    }

    func tick(_ node: Node) {
        node.lastTick = now
        node.raft.tick()
        pump(node, touched: node.raft.ids)
        guard node.isUp else { return }
        schedule(.tick(node: node.number, life: node.life), after: node.tickLength)
    }

    func receive(_ bytes: [UInt8], at node: Node) {
        trace.mix(bytes)
        do throws(ByteError) {
            let batch = try NodeBatch(bytes: bytes)
            node.raft.receive(batch.messages, from: batch.sender)
            pump(node, touched: batch.messages.map(\.group))
        } catch {
            report("batches are read as they were written", "\(error)")
        }
    }

    func lose(_ other: Int, at node: Node) {
        node.raft.nodeLost(Node.name(other))
        pump(node, touched: node.raft.ids)
    }

    /// The sync has ended.
    package func written(at node: Node) {
        guard let batch = node.writing, survives(node) else { return }
        node.writing = nil
        do {
            try node.device.append(batch.records)
        } catch {
            return report("the log is written in order", "node \(node.number): \(error)")
        }
        guard survives(node) else { return }
        node.raft.persisted(batch.writes)
        pump(node, touched: batch.writes.map(\.group))
        beginWriting(at: node)
    }

    // MARK: What is to be done

    /// Carries out what the groups want, until they want nothing more.
    package func pump(_ node: Node, touched: [GroupID]) {
        // Each round is caused by the one before; far fewer than these ever are.
        for round in 0..<100 {
            guard violation == nil, node.isUp else { return }
            let work = node.raft.takeWork()
            oracle.observe(work, at: node, in: self)
            for group in touched where round == 0 || !work.isEmpty {
                oracle.observe(group, at: node, in: self)
            }
            guard !work.isEmpty else { return }
            carryOut(work, at: node)
        }
        report("a node comes to rest", "node \(node.number)")
    }

    private func carryOut(_ work: Work, at node: Node) {
        node.queue.records += work.records
        node.queue.writes += work.writes
        beginWriting(at: node)
        for messages in work.outgoing {
            guard survives(node) else { return }
            send(messages, from: node)
        }
        for apply in work.applies { give(.apply(apply.entries), to: apply.group, at: node) }
        for read in work.reads { answer(read, at: node) }
        for group in work.syncs { give(.sync, to: group, at: node) }
        for step in work.snapshots { take(step, at: node) }
    }

    private func send(_ messages: NodeMessages, from node: Node) {
        let recipient = Node.number(messages.node)
        let (first, second) = network.delays(from: node.number, to: recipient)
        guard first != nil || second != nil else { return }
        let batch = NodeBatch(
            cluster: 1, sender: Node.name(node.number), messages: messages.messages)
        let bytes = batch.bytes
        for delay in [first, second] {
            guard let delay else { continue }
            schedule(.batch(to: recipient, bytes), after: delay)
        }
    }

    /// One sync at a time; what waits meanwhile goes into the next together.
    private func beginWriting(at node: Node) {
        guard node.isUp, node.writing == nil else { return }
        guard !node.queue.records.isEmpty || !node.queue.writes.isEmpty else { return }
        node.writing = node.queue
        node.queue = Node.WriteBatch()
        schedule(
            .written(node: node.number, life: node.life),
            after: node.syncTime / 2 + nodeRandom.below(node.syncTime + 1))
    }

    private func take(_ step: SnapshotStep, at node: Node) {
        switch step {
        case .open(let group, let stream): give(.open(stream: stream), to: group, at: node)
        case .read(let group, let stream, let maxByteCount):
            give(.read(stream: stream, maxByteCount: maxByteCount), to: group, at: node)
        case .close(let group, let stream):
            node.replica(of: group)?.sources.removeAll { $0.stream == stream }
        case .store(let group, let stream, let bytes, let isFirst):
            give(.store(stream: stream, bytes: bytes, isFirst: isFirst), to: group, at: node)
        case .install(let group, let stream, let base):
            give(.install(stream: stream, base), to: group, at: node)
        }
    }
}
