internal import MessagePack

/// The link of a node to itself, for calls through a contract's stub to an actor of the same node.
///
/// An actor that is resolved by its own type is called directly; a stub is another type, so its
/// calls are encoded and decoded, but touch neither socket nor thread.
final class LoopbackLink: Link {
    let id: UInt64 = 0
    let authenticatedPeer: NodeID?
    let remoteDescription = "this node"
    private let receive: @Sendable (InboundMessage, any Link) -> Void

    init(node: NodeID, receive: @escaping @Sendable (InboundMessage, any Link) -> Void) {
        authenticatedPeer = node
        self.receive = receive
    }

    func send(_ message: OutboundMessage) -> SendOutcome {
        receive(InboundMessage(copying: message), self)
        return .queued
    }

    func close() {}
}

extension InboundMessage {
    /// A message as if it had come, with bytes of its own; attachments are shared.
    init(copying message: OutboundMessage) {
        let bytes = Attachment(Array(message.bytes))
        self.init(owner: bytes, bytes: bytes.bytes, attachments: message.attachments)
    }
}

/// Stands for a link where there is none yet.
final class ClosedLink: Link {
    let id: UInt64 = .max
    let authenticatedPeer: NodeID? = nil
    let remoteDescription = "nowhere"
    func send(_ message: OutboundMessage) -> SendOutcome { .closed }
    func close() {}
}
