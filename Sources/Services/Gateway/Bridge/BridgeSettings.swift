public import ZeroMQ

/// Where the bridge listens, and to whom.
public struct BridgeSettings: Sendable {
    /// `tcp://ADDRESS:PORT` or `ipc://PATH`; port 0 takes any free one.
    public var endpoint: String
    /// Who may connect.
    public var security: Security
    /// The most that may be under way.
    package var limits = BridgeAdmission.Limits()

    /// Who may connect to the bridge.
    public enum Security: Sendable {
        /// Whoever can reach the endpoint, which must be on this machine: loopback or `ipc`.
        case localOnly
        /// Whoever has one of the client keys. Everything is encrypted (CURVE).
        case curve(CurveKeyPair, BridgeClientKeys)
    }

    /// Makes settings.
    public init(endpoint: String, security: Security = .localOnly) {
        self.endpoint = endpoint
        self.security = security
    }

    /// Throws unless the endpoint may be bound with this security.
    func check() throws(BridgeError) {
        guard case .localOnly = security else { return }
        let local = ["tcp://127.", "tcp://[::1]:", "tcp://localhost:", "tcp://lo:", "ipc://"]
        guard local.contains(where: endpoint.hasPrefix) else { throw .exposed(endpoint) }
    }
}

/// Why a bridge cannot begin.
public enum BridgeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Anybody could connect.
    case exposed(String)
    /// The endpoint cannot be bound, or the keys not be used.
    case cannotListen(String, reason: String)
    /// The directory of client keys cannot be read.
    case unreadableKeys(directory: String, reason: String)

    /// What happened, to what, and what to do about it.
    public var description: String {
        switch self {
        case .exposed(let endpoint):
            """
            the bridge would answer anybody at \(endpoint); bind it to 127.0.0.1 or ipc://, \
            or give it a key pair and a directory of client keys
            """
        case .cannotListen(let endpoint, let reason):
            "the bridge cannot listen on \(endpoint): \(reason)"
        case .unreadableKeys(let directory, let reason):
            "the client keys in \(directory) cannot be read: \(reason)"
        }
    }
}
