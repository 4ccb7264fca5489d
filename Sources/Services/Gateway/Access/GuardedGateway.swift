internal import Actors
package import Logging
internal import Metrics
package import Protocols
internal import ServiceContextModule
internal import Telemetry

/// The door of the database: every face calls this, and nothing behind it.
///
/// In this order, each step as cheap as what it keeps out of the next: who asks
/// (``CredentialCache``), how often (``RequestLimiter``), whether that is allowed (``AccessPolicy``),
/// whether there is room (``AdmissionGate``, ``TenantUsageBoard``); then names are turned into those of
/// the cluster (``TenantNamespace``), and back in answers and errors. Each request leaves one line in the
/// access log, and those that count one in the ``AuditLog``.
///
/// A face that has not read the body yet calls ``admit(_:on:for:)`` first and ``perform(_:with:)`` with
/// the permit then; others call ``perform(_:for:)``.
///
/// Thread safety: any thread may call anything.
package final class GuardedGateway<Backend: GatewayService>: Sendable {
    let backend: Backend
    let auth: AuthCaller?
    private let cache: CredentialCache?
    private let limiter: RequestLimiter
    private let gate: AdmissionGate
    let usages = TenantUsageBoard()
    private let accessLog: Logger
    private let audit: AuditLog?
    private let metrics = RequestMetrics()

    /// Makes a door.
    ///
    /// - Parameters:
    ///   - auth: Who knows the users; nil: whoever comes may do everything. Only for loopback.
    ///   - audit: Where what counts is written.
    ///   - validate: Who tells whom a credential speaks for; nil: `auth`.
    ///   - wallClock: What identities that expire are compared with.
    package init(
        backend: Backend, auth: AuthCaller?, audit: AuditLog?,
        validate: (@Sendable (Credential) async throws -> Identity)? = nil,
        limits: RequestLimiter.Limits = .init(), admission: AdmissionQueue.Limits = .init(),
        accessLog: Logger = Logger(label: "vectron.access"),
        wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.backend = backend
        self.auth = auth
        self.audit = audit
        self.accessLog = accessLog
        limiter = RequestLimiter(limits)
        gate = AdmissionGate(admission)
        let asked = auth.map { auth in
            { @Sendable (credential: Credential) async throws -> Identity in
                try await auth.call(.leaderRead) { try await $0.validate(credential) }
            }
        }
        cache = (validate ?? asked).map { CredentialCache(wallClock: wallClock, ask: $0) }
    }

    /// Whether callers need a credential.
    package var needsCredential: Bool { cache != nil }

    /// Whether the cluster can be asked, for load balancers.
    package func checkReadiness() async throws {
        _ = try await withDeadline(.seconds(2)) { try await backend.collectionNames() }
    }

    // MARK: Who, how often, whether

    /// Whether the caller may do this now; nothing of the request is needed but the collection's name.
    ///
    /// - Throws: ``ServiceError``; the refusal is logged.
    package func admit(
        _ operation: GatewayOperation, on collection: String? = nil, for caller: Caller
    ) async throws -> Permit {
        let begin = ContinuousClock.now
        var identity: Identity?
        do {
            let policy = AccessPolicy(for: operation)
            if policy.requirement == .nobody {
                try limiter.signIn(from: caller.address)
            } else {
                let known = try await self.identity(of: caller)
                identity = known
                try limiter.request(policy.budget, of: known)
                if let collection { try CollectionConfiguration.validate(name: collection) }
                try policy.check(known, operation, on: collection)
            }
            return Permit(
                caller: caller, operation: operation, collection: collection, identity: identity,
                begin: begin)
        } catch {
            let error = ServiceError(inGateway: error)
            let event = AuditLog.Event(
                caller: caller, identity: identity, operation: operation, collection: collection,
                subject: nil, failure: error.code)
            finish(event, since: begin, isAudited: error.code.isRefusal, error)
            throw error
        }
    }

    private func identity(of caller: Caller) async throws -> Identity {
        guard let cache else { return .local }
        guard let credential = caller.credential else {
            try limiter.stranger(from: caller.address)
            throw ServiceError.unauthenticated
        }
        if let identity = cache.remembered(credential) { return identity }
        try limiter.stranger(from: caller.address)
        return try await cache.identity(of: credential)
    }

    // MARK: What

    /// Admits the caller and carries out the request.
    package func perform(
        _ request: GatewayRequest, for caller: Caller
    ) async throws -> GatewayResult {
        let permit = try await admit(
            request.operation, on: request.collection, for: caller)
        return try await perform(request, with: permit)
    }

    /// Carries out a request that was admitted.
    ///
    /// - Throws: ``ServiceError``, in the words of the caller's tenant; or `CancellationError`.
    package func perform(
        _ request: GatewayRequest, with permit: Permit
    ) async throws -> GatewayResult {
        precondition(
            request.operation == permit.operation && request.collection == permit.collection,
            "a permit for \(permit.operation) is used for \(request.operation)")
        let policy = AccessPolicy(for: permit.operation)
        var event = AuditLog.Event(
            caller: permit.caller, identity: permit.identity, operation: permit.operation,
            collection: permit.collection, subject: request.subject, failure: nil)
        var context = ServiceContext.current ?? .topLevel
        context.requestID = permit.caller.requestID
        do {
            let result = try await ServiceContext.withValue(context) {
                switch policy.load {
                case .light: try await carryOut(request, with: permit)
                case .typical, .heavy:
                    try await gate.run(isTypical: policy.load == .typical) {
                        try await carryOut(request, with: permit)
                    }
                }
            }
            finish(event, since: permit.begin, isAudited: policy.isAudited, nil)
            return result
        } catch {
            var failure = ServiceError(inGateway: error)
            if let identity = permit.identity {
                failure = TenantNamespace(of: identity.tenant)
                    .translated(failure, about: permit.collection)
            }
            event.failure = failure.code
            finish(
                event, since: permit.begin,
                isAudited: policy.isAudited || failure.code.isRefusal, failure)
            if error is CancellationError { throw error }
            throw failure
        }
    }

    /// A face could not make a request of what came with a permit: that is logged as well.
    package func reject(_ permit: Permit, because error: ServiceError) {
        let event = AuditLog.Event(
            caller: permit.caller, identity: permit.identity, operation: permit.operation,
            collection: permit.collection, subject: nil, failure: error.code)
        finish(event, since: permit.begin, isAudited: false, error)
    }

    /// Forgets what is known of the caller's credential, so that a change holds here at once.
    func forget(_ credential: Credential?) {
        if let credential { cache?.forget(credential) }
    }

    // MARK: Logs

    private func finish(
        _ event: AuditLog.Event, since begin: ContinuousClock.Instant, isAudited: Bool,
        _ error: ServiceError?
    ) {
        let duration = begin.duration(to: .now)
        metrics.add(event.operation, error?.code, duration)
        if isAudited { audit?.record(event) }
        accessLog.info(
            "request",
            metadata: [
                "request.id": "\(event.caller.requestID)", "face": "\(event.caller.face)",
                "address": "\(event.caller.address)",
                "principal": "\(event.identity.map { "\($0.name) \($0.source.text)" } ?? "-")",
                "tenant": "\(event.identity?.tenantName ?? "-")",
                "operation": "\(event.operation.rawValue)",
                "status": "\(error?.code.rawValue ?? "ok")",
                "duration.us": "\(duration.wholeMicroseconds)",
            ])
    }
}

extension ServiceError.Code {
    /// Whether somebody was kept from something.
    var isRefusal: Bool { self == .unauthenticated || self == .permissionDenied }
}

extension Duration {
    fileprivate var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
