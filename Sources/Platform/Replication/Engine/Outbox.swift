import Actors
import Primitives
import Protocols
import Raft
import Synchronization

/// What waits to be sent to one node on one lane.
///
/// While a batch is being handed to the link further messages gather; they are the next batch. What
/// does not fit is dropped: the groups make up for it.
///
/// Thread safety: any thread may call anything.
final class Outbox: Sendable {
    private struct State {
        var messages: [GroupMessage] = []
        var byteCount = 0
        var isSending = false
        /// Whether an empty batch is to go.
        var isSignDue = false
    }

    private let state = Mutex(State())
    private let sender: String
    private let lane: Lane
    private let stub: $ReplicationService<ClusterActorSystem>
    private let cluster: @Sendable () -> UInt64
    private let executor: ThreadTaskExecutor

    /// The most bytes that wait: 64 MiB.
    private static let maxByteCount = 64 << 20
    /// About how many bytes a batch has at most, unless one message alone has more: 2 MiB.
    private static let maxBatchByteCount = 2 << 20
    /// How long a node is left alone that could not be reached.
    private static let pause = Duration.milliseconds(20)

    init(
        from sender: String, lane: NodeMessages.Lane,
        to stub: $ReplicationService<ClusterActorSystem>, executor: ThreadTaskExecutor,
        cluster: @escaping @Sendable () -> UInt64
    ) {
        self.executor = executor
        self.sender = sender
        self.lane = lane == .bulk ? .bulk : .control
        self.stub = stub
        self.cluster = cluster
    }

    func add(_ messages: [GroupMessage]) {
        let begins = state.withLock { state in
            for message in messages {
                let byteCount = message.message.estimatedByteCount
                guard state.byteCount + byteCount <= Self.maxByteCount else { break }
                state.byteCount += byteCount
                state.messages.append(message)
            }
            state.isSignDue = state.isSignDue || messages.isEmpty
            defer { state.isSending = true }
            return !state.isSending
        }
        // Ends by itself once there is nothing left; nobody waits for it.
        if begins { Task(executorPreference: executor) { await self.send() } }
    }

    private func send() async {
        while let messages = next() {
            let batch = NodeBatch(cluster: cluster(), sender: sender, messages: messages)
            do {
                try await oneWay(on: lane) {
                    try await stub.deliver(ReplicationBatch(bytes: batch.bytes))
                }
            } catch {
                // Out of reach: what is said meanwhile is old by the time that it is back.
                drop()
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func next() -> [GroupMessage]? {
        state.withLock { state -> [GroupMessage]? in
            guard !state.messages.isEmpty || state.isSignDue else {
                state.isSending = false
                return nil
            }
            state.isSignDue = false
            var byteCount = 0
            let count = state.messages.prefix { message in
                defer { byteCount += message.message.estimatedByteCount }
                return byteCount < Self.maxBatchByteCount
            }.count
            let messages = Array(state.messages.prefix(count))
            state.messages.removeFirst(count)
            state.byteCount -= self.byteCount(of: messages)
            return messages
        }
    }

    private func byteCount(of messages: [GroupMessage]) -> Int {
        messages.reduce(0) { $0 + $1.message.estimatedByteCount }
    }

    private func drop() {
        state.withLock { state in
            state.messages = []
            state.byteCount = 0
        }
    }
}
