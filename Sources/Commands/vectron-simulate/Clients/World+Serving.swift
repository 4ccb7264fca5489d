import PlacementDriver
import Primitives
import Protocols
import Raft
import Replication
import Storage
import Vectors
import Worker

// What a node does for clients: proposes, reads, and answers once it is applied.
extension World {
    func receive(_ request: Request, at node: Node) {
        guard let replica = node.replica(of: request.group) else {
            return respond(.retry(leader: nil), to: request, from: node)
        }
        do throws(Refusal) {
            if request.action.isRead {
                let read = node.nextRead
                node.nextRead += 1
                try node.raft.read(request.group, read: read)
                node.reads[read] = request
            } else {
                let position = try node.raft.propose(
                    request.group, command(of: request).bytes)
                replica.proposals[position.index] = Replica.Proposal(
                    term: position.term, request: request)
            }
        } catch {
            respond(.retry(leader: leader(of: replica, at: node)), to: request, from: node)
        }
        pump(node, touched: [request.group])
    }

    private func leader(of replica: Replica, at node: Node) -> Int? {
        guard let leader = node.raft.core(replica.group)?.status.leader, leader != replica.peer
        else { return nil }
        return directory[replica.group].node(of: leader)
    }

    private func respond(_ result: Response.Result, to request: Request, from node: Node) {
        guard let delay = network.clientDelay(of: node.number) else { return }
        schedule(
            .response(Response(client: request.client, attempt: request.attempt, result: result)),
            after: delay)
    }

    private func command(of request: Request) -> Command {
        let header = CommandHeader(
            client: clients[request.client].session, number: request.number)
        return Command(header: header, body: body(of: request.action))
    }

    private func body(of action: Action) -> Command.Body {
        switch action {
        case .put(let key, let value):
            let payload = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
            return .shard(
                .upsert([StoredPoint(id: .number(key), vector: [1], payload: payload)]))
        case .remove(let key): return .shard(.delete([.number(key)]))
        case .register(let worker):
            return .catalog(
                .registerWorker(WorkerRecord(node: "w\(worker)", endpoint: "tcp://w\(worker):1", store: 1)))
        case .create(let name):
            let configuration = CollectionConfiguration(
                name: Self.collectionName(name), dimension: 2, metric: .cosine)
            return .catalog(.createCollection(configuration, Placement(replicas: [["w0"]])))
        case .drop(let name): return .catalog(.deleteCollection(Self.collectionName(name)))
        case .get, .count, .find: preconditionFailure("\(action) is a read")
        }
    }

    private static func collectionName(_ name: UInt64) -> String { "collection-\(name)" }

    // MARK: Answers

    /// An entry is applied: whoever waits for it is told.
    func answer(
        _ entry: Entry, _ outcome: AppliedState.Outcome, of replica: Replica, at node: Node
    ) {
        guard let proposal = replica.proposals.removeValue(forKey: entry.index) else { return }
        guard proposal.term == entry.term else {
            // Another leader's entry stands there; ours will never be committed.
            return respond(
                .retry(leader: leader(of: replica, at: node)), to: proposal.request, from: node)
        }
        respond(
            .written(outcome.result, Position(term: entry.term, index: entry.index)),
            to: proposal.request, from: node)
    }

    /// A read index is known, or will not be.
    func answer(_ read: Work.GroupRead, at node: Node) {
        guard let request = node.reads.removeValue(forKey: read.result.id),
            let replica = node.replica(of: read.group)
        else {
            return report("a read is answered once", "read \(read) at node \(node.number)")
        }
        guard let index = read.result.index else {
            return respond(.retry(leader: leader(of: replica, at: node)), to: request, from: node)
        }
        replica.waiting.append((index, request))
        answerReads(of: replica, at: node)
    }

    /// The state has come so far: reads that waited for it are answered.
    func answerReads(of replica: Replica, at node: Node) {
        guard !replica.waiting.isEmpty, let state = node.stores[replica.group]?.state else {
            return
        }
        let due = replica.waiting.filter { $0.index <= state.base.index }
        guard !due.isEmpty else { return }
        replica.waiting.removeAll { $0.index <= state.base.index }
        for (_, request) in due {
            respond(.read(value(for: request.action, in: state)), to: request, from: node)
        }
    }

    private func value(for action: Action, in state: AppliedState) -> UInt64? {
        switch (action, state.machine) {
        case (.get(let key), .shard(let shard)):
            shard.points.first { $0.key == key }?.value
        case (.count, .shard(let shard)): UInt64(shard.machine.pointCount)
        case (.find(let name), .catalog(let catalog)):
            catalog.collection(named: Self.collectionName(name)) == nil ? nil : 1
        default: preconditionFailure("\(action) reads another state machine")
        }
    }
}
