import Auth
import Foundation
import Protocols

extension Timestamp {
    /// An instant that tests count from.
    static let start = Timestamp(1_800_000_000)
    /// So many seconds after it.
    static func at(_ seconds: Int64) -> Timestamp { start.advanced(by: .seconds(seconds)) }
}

extension GroupSecret {
    static let tested = GroupSecret((0..<32).map { UInt8($0) })
}

extension SigningKey {
    static func tested(_ id: String, at time: Timestamp = .start) -> SigningKey {
        SigningKey(
            id: id, publicKey: Data([1]), sealedPrivateKey: Data([2]), createdAt: time)
    }
}

extension AuthState {
    static let bootstrapHash = Data("token".utf8)

    /// Begun, with the administrator `root`.
    static func begun() throws -> AuthState {
        var state = AuthState()
        _ = try state.apply(.beginning).get()
        _ = try state.apply(
            .addFirstAdmin(
                NewUser(name: "root", passwordHash: "hash of root"), tokenHash: bootstrapHash,
                at: .start)
        ).get()
        return state
    }

    /// A session of a user, as if it had logged in.
    mutating func session(
        of name: String, _ id: String? = nil, at time: Timestamp = .start
    ) throws -> Caller {
        let user = user(named: name)!
        let id = id ?? "session of \(name)"
        if sessions[id] == nil {
            _ = try apply(
                .beginSession(
                    NewSession(
                        id: id, user: user.id, refreshHash: Data(id.utf8), at: time),
                    ifPasswordHash: user.passwordHash, rehashed: nil)
            ).get()
        }
        return caller(of: user, session: id, at: time)
    }

    func caller(of user: UserRecord, session: String, at time: Timestamp) -> Caller {
        Caller(
            .session(
                session, user: user.id, scopes: user.scopes, isAdmin: user.isAdmin,
                until: time.advanced(by: AuthLimits.accessLifetime)),
            at: time)
    }

    /// What comes of an action of a user who has logged in.
    mutating func act(
        _ name: String, _ action: Action, at time: Timestamp = .start
    ) -> Result<AuthEffect, ServiceError> {
        do {
            return apply(.act(try session(of: name, at: time), action))
        } catch {
            return .failure(error as? ServiceError ?? ServiceError(.internal, "\(error)"))
        }
    }

    mutating func add(_ name: String, tenant: String? = nil, scopes: [Scope] = [Scope(.manage)])
        throws
    {
        _ = try act(
            "root",
            .addUser(
                NewUser(name: name, tenant: tenant, scopes: scopes, passwordHash: "hash of \(name)")
            )
        ).get()
    }
}

extension AuthCommand {
    static let beginning = AuthCommand.initialize(
        Beginning(
            life: 7, secretCheck: Data("check".utf8), bootstrapHash: AuthState.bootstrapHash,
            signingKey: .tested("first")))
}

extension Result where Failure == ServiceError {
    /// The code of the error, if it is one.
    var code: ServiceError.Code? {
        guard case .failure(let error) = self else { return nil }
        return error.code
    }
}
