internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
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
/// Closes one as well that sends many requests ahead of their answers: one read of 64 KiB may have
/// thousands of them, and each takes far more memory than its bytes, whether or not the reading then
/// stops.
///
/// Thread safety: one event loop, as NIO calls it.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let timeouts: ConnectionTimeouts
    private let maxRequestCount: Int
    private var deadline: Scheduled<Void>?
    /// How many requests have begun and are not answered to their end.
    private var requestCount = 0
    /// Whether what comes is not read any more: it is no HTTP, or too much at once.
    private var isBroken = false
    private var isReading = false
    private var isAnswering = false

    init(_ timeouts: ConnectionTimeouts, maxRequestCount: Int) {
        self.timeouts = timeouts
        self.maxRequestCount = maxRequestCount
    }

    func handlerAdded(context: ChannelHandlerContext) {
        set(timeouts.head, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        switch unwrapInboundIn(data) {
        case .head:
            guard requestCount < maxRequestCount else {
                isBroken = true
                context.close(promise: nil)
                return
            }
            requestCount += 1
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

    /// The client is told that it is no HTTP, and has so long to read that.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            isBroken = true
            set(timeouts.linger, context)
        }
        context.fireErrorCaught(error)
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
        requestCount = max(0, requestCount - 1)
        if isBroken || (isReading && requestCount == 0) {
            set(timeouts.linger, context)
        } else if requestCount == 0 {
            set(timeouts.head, context)
        } else if isReading {
            set(timeouts.body, context)
        } else {
            // The next that was sent ahead is answered, in its own time.
            deadline?.cancel()
        }
    }

    private func set(_ duration: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(duration)) {
            bound.value.close(promise: nil)
        }
    }
}
