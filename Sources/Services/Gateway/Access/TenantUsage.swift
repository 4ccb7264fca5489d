package import Protocols
internal import Synchronization

/// What a tenant has, roughly: what was counted a while ago and what was added through this gateway since.
///
/// Pure. An upsert counts as many points as it has, though it may replace some; whoever seems to be
/// above the limit by that is counted anew before being refused.
package struct TenantUsage: Sendable, Equatable {
    /// How many points its collections had when they were counted.
    package var pointCount = 0
    /// How many bytes the components of their vectors take, four each; payloads are not counted.
    package var byteCount = 0
    /// When they were counted.
    package var countedAt: ContinuousClock.Instant

    /// How old a count may be.
    package static let maxAge = Duration.seconds(30)
    /// How old a count must be before it is made again for one who seems to be above the limit.
    package static let minAge = Duration.seconds(1)

    /// Makes a count.
    package init(pointCount: Int = 0, byteCount: Int = 0, at now: ContinuousClock.Instant) {
        self.pointCount = pointCount
        self.byteCount = byteCount
        countedAt = now
    }

    /// Which limit of the plan would be passed by adding so much, in words; nil: none.
    package func excess(adding points: Int, _ bytes: Int, _ plan: Plan) -> String? {
        if !plan.pointCount.allows(pointCount.addingClamped(points)) {
            return "points (\(plan.pointCount.value ?? 0))"
        }
        if !plan.byteCount.allows(byteCount.addingClamped(bytes)) {
            return "bytes (\(plan.byteCount.value ?? 0))"
        }
        return nil
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}

/// The ``TenantUsage`` of the tenants that write.
///
/// The limit of points is approximate: several gateways may each admit what is left, until they count
/// again, ``TenantUsage/maxAge`` later at most.
///
/// Thread safety: any thread may call anything.
package final class TenantUsageBoard: Sendable {
    /// How many tenants are remembered.
    private static let capacity = 4_096

    private struct State {
        var usages = ExpiringTable<TenantID, TenantUsage>(capacity: capacity)
        var counts: [TenantID: Task<TenantUsage, any Error>] = [:]
    }

    private let state = Mutex(State())

    /// Makes an empty board.
    package init() {}

    /// Counts what a tenant wants to add, unless its plan does not allow it.
    ///
    /// - Parameter count: Counts what the tenant has; called once for all who wait for it.
    package func add(
        points: Int, bytes: Int, to identity: Identity,
        count: @escaping @Sendable () async throws -> TenantUsage
    ) async throws {
        let (tenant, plan) = (identity.tenant, identity.plan)
        guard plan.pointCount.value != nil || plan.byteCount.value != nil else { return }
        var usage = try await usage(of: tenant, maxAge: TenantUsage.maxAge, count)
        if usage.excess(adding: points, bytes, plan) != nil {
            usage = try await self.usage(of: tenant, maxAge: TenantUsage.minAge, count)
        }
        if let excess = usage.excess(adding: points, bytes, plan) {
            throw ServiceError(
                .tooLarge,
                """
                your plan \(plan.name) allows no more \(excess); delete some or ask for another plan
                """, details: ["plan": plan.name])
        }
        state.withLock { state in
            guard var usage = state.usages.value(of: tenant, at: .now) else { return }
            usage.pointCount += points
            usage.byteCount += bytes
            state.usages.insert(
                usage, for: tenant, until: usage.countedAt.advanced(by: TenantUsage.maxAge))
        }
    }

    private func usage(
        of tenant: TenantID, maxAge: Duration,
        _ count: @escaping @Sendable () async throws -> TenantUsage
    ) async throws -> TenantUsage {
        enum Known {
            case usage(TenantUsage)
            case task(Task<TenantUsage, any Error>)
        }
        let known: Known = state.withLock { state in
            let now = ContinuousClock.now
            if let usage = state.usages.value(of: tenant, at: now),
                usage.countedAt.duration(to: now) < maxAge
            {
                return .usage(usage)
            }
            if let task = state.counts[tenant] { return .task(task) }
            // All who wait for it are awaited below.
            let task = Task {
                defer { self.state.withLock { $0.counts[tenant] = nil } }
                let usage = try await count()
                self.state.withLock {
                    $0.usages.insert(
                        usage, for: tenant,
                        until: usage.countedAt.advanced(by: TenantUsage.maxAge))
                }
                return usage
            }
            state.counts[tenant] = task
            return .task(task)
        }
        switch known {
        case .usage(let usage): return usage
        case .task(let task): return try await task.value
        }
    }
}
