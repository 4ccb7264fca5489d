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
                guard let bytes = command(of: request, at: node) else {
                    return respond(.retry(leader: nil), to: request, from: node)
                }
                let position = try node.raft.propose(request.group, bytes)
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

    /// The command of a request, in view of what the node has applied.
    private func command(of request: Request, at node: Node) -> [UInt8]? {
        guard let machine = node.stores[request.group]?.state.machine else { return nil }
        switch machine {
        case .shard:
            let write = request.write.map {
                // The client asks one thing after the other: it has had all answers before.
                WriteID(
                    session: $0.session, sequence: $0.sequence, acknowledged: $0.sequence - 1)
            }
            return ShardEntry(write: write, shardCommand(of: request.action)).bytes
        case .catalog(let catalog):
            return catalogCommand(of: request.action, in: catalog)?.bytes
        }
    }

    private func shardCommand(of action: Action) -> ShardCommand {
        switch action {
        case .put(let key, let value): .upsert([StoredPoint(key: key, value: value)])
        case .remove(let key): .delete([.number(key)])
        case .openSession: .openSession
        default: preconditionFailure("\(action) is no write of a shard")
        }
    }

    private func catalogCommand(of action: Action, in catalog: Catalog) -> CatalogCommand? {
        switch action {
        case .initialize: return .initialize(cluster: 1)
        case .register(let worker):
            return .registerWorker(
                WorkerRecord(node: "w\(worker)", endpoint: "tcp://w\(worker):1", store: 1))
        case .create(let name):
            let configuration = CollectionConfiguration(
                name: Self.collectionName(name), dimension: 2, metric: .cosine)
            return .createCollection(
                configuration, Placement(replicas: [["w0"]]), ifEpoch: catalog.epoch)
        case .drop(let name):
            let name = Self.collectionName(name)
            return catalog.collection(named: name).map { .deleteCollection(name, $0.id) }
        default: preconditionFailure("\(action) is no write of the catalog")
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
