internal import Metrics
internal import Protocols
internal import Synchronization

/// What a door counts: requests by operation and outcome, and how long they take by operation.
///
/// Bounded: both labels are cases of enumerations.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        var operation: GatewayOperation
        var code: ServiceError.Code?
    }

    private let counters = Mutex<[Key: Counter]>([:])
    private let timers: [GatewayOperation: Timer]

    init() {
        timers = Dictionary(
            uniqueKeysWithValues: GatewayOperation.allCases.map {
                (
                    $0,
                    Timer(
                        label: "gateway_request_duration_seconds",
                        dimensions: [("operation", $0.rawValue)])
                )
            })
    }

    func add(_ operation: GatewayOperation, _ code: ServiceError.Code?, _ duration: Duration) {
        let key = Key(operation: operation, code: code)
        let counter = counters.withLock { counters in
            if let counter = counters[key] { return counter }
            let counter = Counter(
                label: "gateway_requests_total",
                dimensions: [
                    ("operation", operation.rawValue), ("code", code?.rawValue ?? "ok"),
                ])
            counters[key] = counter
            return counter
        }
        counter.increment()
        timers[operation]?.recordNanoseconds(
            duration.components.seconds * 1_000_000_000
                + duration.components.attoseconds / 1_000_000_000)
    }
}
