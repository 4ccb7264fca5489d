/// Who may send what: the bounds of the bridge, for each client and in all.
///
/// Pure. A request counts from its arrival until its reply is made; a reply counts from then until
/// libzmq has written it to the connection or dropped it, so that a client that does not read
/// spends its own share and, once that is spent, loses replies.
///
/// *Invariant*: the totals are the sums over `clients`, in which nobody has nothing under way.
package struct BridgeAdmission: Sendable {
    /// Who sends: the owner of a key, or else one connection.
    package enum Client: Sendable, Hashable {
        case key(String)
        case connection([UInt8])
    }

    /// The most that may be under way.
    package struct Limits: Sendable {
        /// Requests of one client.
        package var clientRequestCount = 128
        /// Bytes of one client's requests: two of the largest.
        package var clientRequestByteCount = 64 << 20
        /// Bytes of one client's replies that it has not read.
        package var clientReplyByteCount = 64 << 20
        /// Requests of all clients.
        package var requestCount = 1_024
        /// Bytes of all requests: eight of the largest.
        package var requestByteCount = 256 << 20
        /// Bytes of all unread replies.
        package var replyByteCount = 256 << 20

        /// The usual limits.
        package init() {}
    }

    /// What is under way.
    package struct Usage: Sendable, Equatable {
        /// Requests.
        package var requestCount = 0
        /// Their bytes.
        package var requestByteCount = 0
        /// The bytes of replies.
        package var replyByteCount = 0

        /// Nothing.
        package init() {}

        fileprivate var isEmpty: Bool { self == Usage() }
    }

    /// The bounds.
    package let limits: Limits
    /// Of all clients.
    package private(set) var total = Usage()
    private var clients: [Client: Usage] = [:]

    /// Nothing is under way.
    package init(_ limits: Limits = Limits()) { self.limits = limits }

    /// How many clients have something under way.
    package var clientCount: Int { clients.count }

    /// Counts a request, unless it is one too many.
    ///
    /// - Returns: What is full, in words; nil if the request may be carried out.
    package mutating func admitRequest(of client: Client, byteCount: Int) -> String? {
        let usage = clients[client] ?? Usage()
        if usage.requestCount >= limits.clientRequestCount {
            return "this client has \(usage.requestCount) requests under way"
        }
        if usage.requestByteCount + byteCount > limits.clientRequestByteCount {
            return "this client has requests of \(usage.requestByteCount) bytes under way"
        }
        if usage.replyByteCount >= limits.clientReplyByteCount {
            return "this client has not read replies of \(usage.replyByteCount) bytes"
        }
        if total.requestCount >= limits.requestCount {
            return "the server has \(total.requestCount) requests under way"
        }
        if total.requestByteCount + byteCount > limits.requestByteCount {
            return "the server has requests of \(total.requestByteCount) bytes under way"
        }
        change(client) {
            $0.requestCount += 1
            $0.requestByteCount += byteCount
        }
        return nil
    }

    /// A request that was admitted has its reply.
    package mutating func endRequest(of client: Client, byteCount: Int) {
        change(client) {
            $0.requestCount -= 1
            $0.requestByteCount -= byteCount
        }
    }

    /// Counts a reply, unless too much waits to be read already.
    package mutating func admitReply(to client: Client, byteCount: Int) -> Bool {
        let usage = clients[client] ?? Usage()
        guard usage.replyByteCount + byteCount <= limits.clientReplyByteCount,
            total.replyByteCount + byteCount <= limits.replyByteCount
        else { return false }
        change(client) { $0.replyByteCount += byteCount }
        return true
    }

    /// A reply that was admitted was written or dropped.
    package mutating func endReply(to client: Client, byteCount: Int) {
        change(client) { $0.replyByteCount -= byteCount }
    }

    private mutating func change(_ client: Client, _ body: (inout Usage) -> Void) {
        var usage = clients[client] ?? Usage()
        body(&usage)
        body(&total)
        precondition(
            usage.requestCount >= 0 && usage.requestByteCount >= 0 && usage.replyByteCount >= 0,
            "more ended than began: \(usage)")
        clients[client] = usage.isEmpty ? nil : usage
    }
}
