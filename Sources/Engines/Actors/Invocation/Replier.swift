internal import CoreMetrics
internal import MessagePack

/// Sends the one answer of a call over the link that brought it.
struct Replier: Sendable {
    let call: CallID
    let link: any Link
    let buffers: BufferPool
    let userInfo: [CodingUserInfoKey: any Sendable]
    let maxMessageByteCount: Int
    /// Counts as lost what cannot be sent because the caller is gone.
    let metrics: CallMetrics
    /// The call, once it runs.
    var running: RunningCalls.Call?

    /// Whether nobody waits: the call was one-way.
    private var isUnwanted: Bool { call == 0 }

    func succeed() {
        if isUnwanted { return }
        send { writer in
            writer.writeArrayHeader(count: 3)
            writer.write(EnvelopeKind.reply.rawValue)
            writer.write(call)
            writer.writeNil()
        }
    }

    func succeed<Value: Encodable>(_ value: Value) {
        if isUnwanted { return }
        let buffer = buffers.take()
        var writer = MessagePackWriter(
            buffer: buffer, attachmentThreshold: InvocationEncoder.attachmentThreshold)
        writer.writeArrayHeader(count: 3)
        writer.write(EnvelopeKind.reply.rawValue)
        writer.write(call)
        do {
            try MessagePackEncoder(userInfo: userInfo).encode(value, into: &writer)
        } catch {
            fail(.unsendableReply, "the value cannot be encoded: \(error)")
            return
        }
        let message = OutboundMessage(buffer: buffer, attachments: writer.attachments)
        guard message.byteCount <= maxMessageByteCount else {
            fail(
                .unsendableReply,
                "the value has \(message.byteCount) bytes, more than \(maxMessageByteCount)")
            return
        }
        deliver(message)
    }

    func fail(_ error: any Error) {
        switch error {
        case let mismatch as InvocationMismatch: fail(.malformedInvocation, mismatch.reason)
        case is CancellationError:
            switch running?.cause {
            case .deadline: fail(.expired, "its time was up while it ran")
            case .shutdown: fail(.shutDown, "the node shuts down")
            case .caller, nil: fail(.cancelled, "the call was cancelled")
            }
        case let error as any Error & Codable: fail(.typedError, error: error, "\(error)")
        default:
            fail(.untypedError, "\(errorTypeName(type(of: error))): \(error)")
        }
    }

    func fail(_ code: FailureCode, error: (any Error & Codable)? = nil, _ text: String) {
        if isUnwanted { return }
        send { writer in
            Failure.encode(
                call: call, code: code, error: error, text: text, userInfo: userInfo, to: &writer)
        }
    }

    private func send(_ encode: (inout MessagePackWriter) -> Void) {
        let buffer = buffers.take()
        var writer = MessagePackWriter(buffer: buffer)
        encode(&writer)
        deliver(OutboundMessage(buffer: buffer))
    }

    private func deliver(_ message: OutboundMessage) {
        if link.send(message) != .queued { metrics.droppedReplies.increment() }
        if message.isCopiedBySending { buffers.give(back: message.buffer) }
    }
}
