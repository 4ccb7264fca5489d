internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// How long the parts of a connection's life may take.
package struct ConnectionTimeouts: Sendable {
    /// From the connection, or the end of the request before, to the end of a request's head, TLS
    /// included; while nothing comes at all, too.
    package var head = Duration.seconds(15)
    /// From the head to the end of the body.
    package var body = Duration.seconds(60)
    /// What is left of a body once the answer is on its way.
    package var linger = Duration.seconds(5)
    /// From the head of the answer to its last byte in the socket.
    package var write = Duration.seconds(60)

    /// The usual times.
    package init() {}
}

/// Closes a connection that takes too long over one part of its life: what arrives drop by drop, or is
/// not read, holds a socket for so long and no longer.
///
/// Unlike an idle timeout, which each drop renews, each part has one deadline.
///
/// Thread safety: one event loop, as NIO calls it.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let timeouts: ConnectionTimeouts
    private var deadline: Scheduled<Void>?
    private var isReading = false
    private var isAnswering = false

    init(_ timeouts: ConnectionTimeouts) { self.timeouts = timeouts }

    func handlerAdded(context: ChannelHandlerContext) {
        set(timeouts.head, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReading = true
            set(timeouts.body, context)
        case .body: break
        case .end:
            isReading = false
            // The answer takes as long as the request's own deadline lets it.
            if isAnswering { set(timeouts.write, context) } else { deadline?.cancel() }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind == .informational: break
        case .head:
            isAnswering = true
            set(timeouts.write, context)
        case .body: break
        case .end:
            let written = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
            written.futureResult.whenSuccess { handler.value.answered(bound.value) }
            context.write(data, promise: written)
            return
        }
        context.write(data, promise: promise)
    }

    private func answered(_ context: ChannelHandlerContext) {
        isAnswering = false
        set(isReading ? timeouts.linger : timeouts.head, context)
    }

    private func set(_ duration: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(duration)) {
            bound.value.close(promise: nil)
        }
    }
}
