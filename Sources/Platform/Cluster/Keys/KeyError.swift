/// What is wrong with key files, and what to do about it.
public enum KeyError: Error, Sendable, Hashable {
    /// A file that would be written exists.
    case exists(path: String)
    /// A file or directory cannot be read or written.
    case unusable(path: String, reason: String)
    /// There is no key of this name.
    case missing(path: String, name: String)
    /// Others than its owner may read a secret.
    case exposed(path: String, mode: String)
    /// A file holds no key.
    case malformed(path: String)
    /// A secret file and the public one beside it are not one pair.
    case mismatched(path: String)
    /// Every client key is in use by another process.
    case allClaimed(path: String, count: Int)
    /// No node or client may be named so.
    case wrongName(String)
    /// The secret of the auth nodes is not there.
    case missingAuthSecret(path: String)
    /// A file does not hold the secret of auth nodes.
    case malformedAuthSecret(path: String)
}

extension KeyError: CustomStringConvertible {
    /// What happened, to what, and what to do about it.
    public var description: String {
        switch self {
        case .exists(let path):
            "\(path) exists already and nothing was written; remove it, or name another directory"
        case .unusable(let path, let reason):
            "\(path) cannot be used: \(reason)"
        case .missing(let path, let name):
            """
            there is no key of \(name) in \(path); \
            make one with: vectron keys generate --directory \(path) --node \(name)
            """
        case .exposed(let path, let mode):
            """
            \(path) may be read by others (mode \(mode)); \
            run: chmod 600 \(path), and make new keys if others had access
            """
        case .malformed(let path):
            "\(path) holds no key; a key is one line of 40 characters of Z85"
        case .mismatched(let path):
            "\(path) and the public key beside it are not one pair; copy both from one place"
        case .allClaimed(let path, let count):
            """
            all \(count) client keys in \(path) are in use by other processes; \
            wait for one, or make another with: \
            vectron keys generate --directory \(path) --node client-\(count + 1)
            """
        case .missingAuthSecret(let path):
            """
            there is no \(path), the secret of the auth nodes; copy it from another auth node, or begin \
            with --bootstrap
            """
        case .malformedAuthSecret(let path):
            "\(path) holds no secret of auth nodes; it is one line of 64 hexadecimal digits"
        case .wrongName(let name):
            "\(name.debugDescription) is no name for a key; use 1 to 128 of A-Z a-z 0-9 _ - ."
        }
    }
}
