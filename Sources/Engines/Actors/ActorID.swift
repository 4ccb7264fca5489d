/// The address of an actor: the node it lives on, its name there, and of which life of the node.
///
/// A *well-known* actor is hosted under a name (``ClusterActorSystem/host(_:_:)``) and answers in
/// every life of its node; an *anonymous* one belongs to the life that made it, and calls to it
/// fail once the node has restarted.
public struct ActorID: Hashable, Sendable {
    /// Where the actor lives.
    public let node: NodeID
    /// Its name there.
    public let name: String
    /// The node's life that made the actor, or nil for a well-known one.
    public let incarnation: Incarnation?

    /// The address of a well-known actor.
    public init(node: NodeID, name: String) {
        self.init(node: node, name: name, incarnation: nil)
    }

    init(node: NodeID, name: String, incarnation: Incarnation?) {
        self.node = node
        self.name = name
        self.incarnation = incarnation
    }

    /// The longest name, in bytes of UTF-8.
    public static let maxNameByteCount = 256
}

extension ActorID: Codable {
    /// An array of node, name and incarnation.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        node = try container.decode(NodeID.self)
        name = try container.decode(String.self)
        incarnation = try container.decodeIfPresent(Incarnation.self)
    }

    /// An array of node, name and incarnation.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(node)
        try container.encode(name)
        if let incarnation {
            try container.encode(incarnation)
        } else {
            try container.encodeNil()
        }
    }
}

extension ActorID: CustomStringConvertible {
    /// `node/name`, and the incarnation of an anonymous actor.
    public var description: String {
        incarnation.map { "\(node)/\(name)@\(String($0, radix: 16))" } ?? "\(node)/\(name)"
    }
}
