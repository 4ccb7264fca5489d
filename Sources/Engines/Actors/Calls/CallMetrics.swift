internal import Metrics

/// What the actor system counts, through swift-metrics.
struct CallMetrics: Sendable {
    let sentCalls: Counter
    let failedCalls: Counter
    let receivedCalls: Counter
    let refusedCalls: Counter
    let droppedReplies: Counter
    let lostPeers: Counter
    let callDuration: Timer

    init(node: NodeID) {
        let dimensions = [("node", node.rawValue)]
        func counter(_ label: String) -> Counter { Counter(label: label, dimensions: dimensions) }
        sentCalls = counter("actors_calls_sent_total")
        failedCalls = counter("actors_calls_failed_total")
        receivedCalls = counter("actors_calls_received_total")
        refusedCalls = counter("actors_calls_refused_total")
        droppedReplies = counter("actors_replies_dropped_total")
        lostPeers = counter("actors_peers_lost_total")
        callDuration = Timer(label: "actors_call_duration_seconds", dimensions: dimensions)
    }
}
