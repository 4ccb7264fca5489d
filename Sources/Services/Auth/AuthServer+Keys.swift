import Actors
import Distributed
import Logging
public import Protocols

// API keys, plans, and the keys that sign.
extension AuthServer {
    /// Makes an API key of the caller.
    public distributed func createKey(
        _ credential: Credential, _ request: CreateKeyRequest
    ) async throws -> CreatedKey {
        let key = APIKeyText(
            id: RandomText.digits(APIKeyText.idLength), bytes: RandomText.bytes(32))
        let effect = try await act(
            credential,
            .addKey(
                NewKey(
                    id: key.id, hash: secret.hash(key.secret.value, for: .apiKey),
                    label: request.label, scopes: request.scopes, isAdmin: request.isAdmin,
                    expiresAt: request.expiresAt)))
        guard case .keyAdded(let description) = effect else { throw Self.unexpected(effect) }
        logger.info(
            "API key made",
            metadata: ["key.id": "\(key.id)", "user.name": "\(description.user)"])
        return CreatedKey(key: key.secret, description: description)
    }

    /// The keys of a user.
    public distributed func listKeys(
        _ credential: Credential, of user: String?
    ) async throws -> [KeyDescription] {
        let (identity, state) = try await identity(credential)
        return try state.descriptions(ofKeysOf: user, for: identity)
    }

    /// Revokes a key.
    public distributed func revokeKey(_ credential: Credential, _ id: String) async throws {
        _ = try await act(credential, .revokeKey(id))
        logger.info("API key revoked", metadata: ["key.id": "\(id.debugDescription)"])
    }

    /// Gives a tenant another plan.
    public distributed func updatePlan(
        _ credential: Credential, ofTenant tenant: String, to plan: String
    ) async throws {
        _ = try await act(credential, .updatePlan(tenant: tenant, plan: plan))
    }

    /// All plans.
    public distributed func listPlans(_ credential: Credential) async throws -> [Plan] {
        let (identity, state) = try await identity(credential)
        try identity.requireAdmin()
        return state.plans
    }

    /// Makes or changes a plan.
    public distributed func setPlan(_ credential: Credential, _ plan: Plan) async throws {
        _ = try await act(credential, .setPlan(plan))
    }

    /// Signs by a new key from now on.
    public distributed func rotateSigningKey(_ credential: Credential) async throws {
        let (identity, _) = try await identity(credential)
        try identity.requireAdmin()
        _ = try await act(credential, .rotate(try secret.makeSigningKey(at: clock())))
        logger.notice("another key signs access tokens")
    }
}
