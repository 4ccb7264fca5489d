internal import Primitives
package import Protocols

/// Who asks, as far as a face knows.
package struct Caller: Sendable {
    /// What the client has shown of itself.
    package var credential: Credential?
    /// Where it is.
    package var address: ClientAddress
    /// The name of the request; `RequestIDInstrument.isValid`.
    package var requestID: String
    /// Which face it uses: `rest`, `bridge`.
    package var face: String

    /// Makes a caller.
    package init(
        credential: Credential?, address: ClientAddress, requestID: String, face: String
    ) {
        self.credential = credential
        self.address = address
        self.requestID = requestID
        self.face = face
    }
}

/// That a caller may do an operation once, now.
///
/// Only ``GuardedGateway/admit(_:on:for:)`` makes one.
package struct Permit: Sendable {
    /// Who asks.
    package let caller: Caller
    /// What may be done.
    package let operation: GatewayOperation
    /// To which collection, as the caller names it.
    package let collection: String?
    /// Whom the credential speaks for; nil where none is needed.
    package let identity: Identity?
    /// Since when the request is under way.
    let begin: ContinuousClock.Instant
}

extension Identity {
    /// Who asks where there is no auth service: whoever reaches this machine's loopback.
    static let local = Identity(
        user: UserID(rawValue: 0), name: "local", tenant: TenantNamespace.root, tenantName: "root",
        isAdmin: true, plan: .unlimited, scopes: [Scope(.manage)], source: .session("local"),
        validUntil: nil)
}
