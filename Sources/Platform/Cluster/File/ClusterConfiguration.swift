/// A cluster's configuration as it was put together: its values, where each of them came from, and all
/// that is wrong with it.
///
/// ``ClusterFile/load(path:environment:flags:)`` is this with the first mistake thrown; so what a check
/// calls a mistake and what a node does not start with are the same.
///
/// Thread safety: a value.
public struct ClusterConfiguration: Sendable {
    /// The values; of a key that was wrong, any.
    public internal(set) var file = ClusterFile(dataDirectory: "data")
    /// The mistakes of reading, in the order of the file, then of variables and flags.
    public internal(set) var mistakes: [ClusterFileError] = []
    /// Where the keys outside of `nodes` were set; those that are not here have their defaults.
    var origins: [String: ClusterValueOrigin] = [:]
    /// Where each of `file.nodes` stands, and each of its keys.
    var nodeOrigins: [NodeOrigin] = []
    /// Whether some node could not be read, so that nobody knows who is missing.
    var hasUnreadNodes = false

    /// Makes one of the defaults, without nodes.
    init() {}

    /// Where a node stands in the file.
    struct NodeOrigin: Sendable {
        var node: ClusterValueOrigin
        var keys: [String: ClusterValueOrigin] = [:]
    }

    /// Sets one key and keeps where that was said, or what is wrong with it.
    mutating func set(_ name: String, to text: String, origin: ClusterValueOrigin) {
        do throws(ClusterFileError) {
            try file.set(name, to: text, origin: origin)
            origins[name.lowercased()] = origin
        } catch {
            mistakes.append(error)
        }
    }

    /// Where the value of a key came from; nil: it is the default.
    public func origin(of setting: ClusterSetting) -> ClusterValueOrigin? { origins[setting.name] }

    /// Where something was said, if anybody said it.
    public func origin(of place: ClusterFinding.Place) -> ClusterValueOrigin? {
        switch place {
        case .cluster: nil
        case .key(let name): origins[name]
        case .node(let index, let key):
            nodeOrigins.indices.contains(index)
                ? key.flatMap { nodeOrigins[index].keys[$0] } ?? nodeOrigins[index].node : nil
        }
    }

    /// What keeps nodes from starting, the mistakes of reading first.
    public var errors: [ClusterFileError] {
        mistakes
            + file.contradictions(allNodesKnown: !hasUnreadNodes).map {
                .contradiction($0.text, origin: origin(of: $0.place))
            }
    }
}

/// One thing that is wrong, or not as it should be, with a configuration.
public struct ClusterFinding: Sendable, Hashable {
    /// How bad it is.
    public var severity: Severity
    /// What it is about.
    public var place: Place
    /// What is wrong and what to do about it.
    public var text: String

    /// How bad something is.
    public enum Severity: String, Sendable, Hashable {
        /// A node does not start so.
        case error
        /// It works, and is not what one would want.
        case warning
    }

    /// What something is about.
    public enum Place: Sendable, Hashable {
        /// All of it.
        case cluster
        /// The key of this name: `section.key`.
        case key(String)
        /// The node at this index, and one of its keys.
        case node(Int, key: String?)
    }

    /// Makes a finding.
    public init(_ severity: Severity, _ place: Place, _ text: String) {
        self.severity = severity
        self.place = place
        self.text = text
    }
}
