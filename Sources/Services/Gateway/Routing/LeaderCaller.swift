import Actors
import Protocols

/// Calls a group of nodes of which one leads, found by hints and by asking around.
///
/// Thread safety: any thread may call anything.
struct LeaderCaller: Sendable {
    /// The group, of which there is one.
    private enum Group: Hashable { case only }

    /// The nodes of the group; the actor system knows their endpoints.
    let nodes: [NodeID]
    private let board: SharedBoard<Group>

    /// - Parameter firstTimeout: How long the first attempt may take where another node could answer.
    init(_ nodes: [NodeID], firstTimeout: Duration = RetryPolicy.firstTimeout) {
        precondition(!nodes.isEmpty, "a group without a node")
        self.nodes = nodes
        board = SharedBoard(firstTimeout: firstTimeout)
    }

    /// Calls the leader, over and over while there is none or it cannot be reached, until `patience`
    /// is over or the caller's deadline has passed.
    ///
    /// What it may have done is done again only if `kind` says that it does no harm.
    ///
    /// - Parameter body: Calls one node.
    func call<Value: Sendable>(
        _ kind: RetryPolicy.Kind, patience: Duration,
        _ body: @Sendable (NodeID) async throws -> Value
    ) async throws -> Value {
        let end = ContinuousClock.now.advanced(by: patience)
        let members = nodes.map(\.rawValue)
        var call = GroupCall(Group.only, kind, board: board)
        while true {
            guard let node = call.next(among: members) else {
                throw ServiceError(.internal, "there is no node of the group to call")
            }
            do {
                return try await call.attempt(asking: node, among: members) {
                    try await body(NodeID(node))
                }
            } catch let error as CancellationError {
                throw error
            } catch let error as ServiceError where !kind.isRead && error.code != .notLeader {
                // The leader has decided, and whoever asks for a change wants to know why not.
                throw error
            } catch {
                let left = ContinuousClock.now.duration(to: end)
                let remaining = min(left, Deadline.current?.remaining ?? left)
                switch call.failed(error, asking: node, among: members, remaining: remaining) {
                case .fail(let error): throw error
                case .retry(let pause), .reconcile(_, let pause):
                    try await Task.sleep(for: pause)
                }
            }
        }
    }
}
