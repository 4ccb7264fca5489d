package import Protocols
internal import Synchronization

/// How often callers may ask: by tenant as its plan says, and by address.
///
/// Each gateway counts for itself: with several, a tenant that uses all of them gets that many times its
/// plan's rate.
///
/// Thread safety: any thread may call anything.
package final class RequestLimiter: Sendable {
    /// The limits by address.
    package struct Limits: Sendable {
        /// Attempts to get a credential.
        package var signIns = TokenBucket.Limit(rate: 1, burst: 30)
        /// Credentials that are not known here yet, wrong ones and none.
        package var strangers = TokenBucket.Limit(rate: 20, burst: 200)

        /// The usual limits.
        package init() {}
    }

    /// How many addresses, and how many tenants, are told apart.
    static let capacity = 16_384

    private struct State {
        var signIns = RateLimiter<String>(capacity: capacity)
        var strangers = RateLimiter<String>(capacity: capacity)
        var reads = RateLimiter<TenantID>(capacity: capacity)
        var writes = RateLimiter<TenantID>(capacity: capacity)
    }

    private let limits: Limits
    private let state = Mutex(State())

    /// Makes a limiter with full buckets.
    package init(_ limits: Limits = Limits()) { self.limits = limits }

    /// Counts an attempt to get a credential.
    package func signIn(from address: ClientAddress) throws(ServiceError) {
        try check("too many attempts come from your address") {
            $0.signIns.take(from: address.network, limits.signIns, at: .now)
        }
    }

    /// Counts a request whose credential is not known yet, or that has none.
    package func stranger(from address: ClientAddress) throws(ServiceError) {
        try check("too many unknown credentials come from your address") {
            $0.strangers.take(from: address.network, limits.strangers, at: .now)
        }
    }

    /// Counts a request of a tenant.
    package func request(
        _ budget: AccessPolicy.Budget, of identity: Identity
    ) throws(ServiceError) {
        let plan = identity.plan
        switch budget {
        case .address: return
        case .reads:
            guard let limit = plan.limit(plan.readsPerSecond) else { return }
            try check("your plan \(plan.name) allows \(limit.rate.whole) reads a second") {
                $0.reads.take(from: identity.tenant, limit, at: .now)
            }
        case .writes:
            guard let limit = plan.limit(plan.writesPerSecond) else { return }
            try check("your plan \(plan.name) allows \(limit.rate.whole) writes a second") {
                $0.writes.take(from: identity.tenant, limit, at: .now)
            }
        }
    }

    private func check(
        _ message: @autoclosure () -> String, _ take: (inout State) -> Duration?
    ) throws(ServiceError) {
        let wait = state.withLock { take(&$0) }
        if let wait { throw .rateLimited(message(), retryAfter: wait) }
    }
}

extension Double {
    fileprivate var whole: Int { Int(self) }
}

extension Plan {
    /// A rate of the plan with its burst, without one a second's worth; nil: no limit.
    fileprivate func limit(_ rate: PlanLimit) -> TokenBucket.Limit? {
        guard let rate = rate.value else { return nil }
        return TokenBucket.Limit(rate: Double(rate), burst: Double(burst.value ?? max(1, rate)))
    }
}
