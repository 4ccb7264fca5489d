/// What is wrong with a cluster's configuration, where, and what to write instead.
public enum ClusterFileError: Error, Sendable, Hashable {
    /// The file cannot be read.
    case unreadable(path: String, reason: String)
    /// The file is not YAML.
    case malformed(path: String, reason: String)
    /// There is no such key.
    case unknownKey(key: String, origin: ClusterValueOrigin, suggestion: String?)
    /// A value is not what its key takes.
    case wrongValue(key: String, value: String, origin: ClusterValueOrigin, expected: String)
    /// A node lacks a key.
    case missingKey(key: String, origin: ClusterValueOrigin)
    /// The values do not fit together; the text says which and what to do.
    case contradiction(String, origin: ClusterValueOrigin? = nil)
    /// A command names a node that the cluster does not have in that role.
    case unknownNode(name: String, role: ClusterFile.Role, known: [String])
}

/// Where a value was written.
public enum ClusterValueOrigin: Sendable, Hashable, CustomStringConvertible {
    /// In a file; lines count from 1.
    case file(path: String, line: Int)
    /// In an environment variable.
    case environment(name: String)
    /// In a flag of the command.
    case flag(String)

    /// As it stands at the head of a message.
    public var description: String {
        switch self {
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): name
        case .flag(let flag): flag
        }
    }
}

extension ClusterFileError: CustomStringConvertible {
    /// What happened, where, and what to do about it.
    public var description: String { (origin.map { "\($0): " } ?? "") + message }

    /// Where that was written, if it was written somewhere.
    public var origin: ClusterValueOrigin? {
        switch self {
        case .unreadable, .malformed, .unknownNode: nil
        case .unknownKey(_, let origin, _), .wrongValue(_, _, let origin, _),
            .missingKey(_, let origin):
            origin
        case .contradiction(_, let origin): origin
        }
    }

    /// What happened and what to do about it.
    public var message: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason); name a cluster file, such as cluster-configs/one-node.yaml"
        case .malformed(let path, let reason):
            "\(path) is not YAML: \(reason)"
        case .unknownKey(let key, _, let suggestion):
            "unknown key \(key)"
                + (suggestion.map { "; did you mean \($0)?" }
                    ?? "; cluster-configs/README.md lists every key")
        case .wrongValue(let key, let value, _, let expected):
            "\(key) is \(value); write \(expected)"
        case .missingKey(let key, _):
            "\(key) is missing"
        case .contradiction(let text, _): text
        case .unknownNode(let name, let role, let known):
            "there is no \(role.rawValue) named \(name); "
                + (known.isEmpty
                    ? "the cluster file has none"
                    : "the cluster file has \(known.joined(separator: ", "))")
        }
    }
}
