internal import MessagePack
internal import Synchronization

/// The bridge's one ``BridgeAdmission``, and what else is counted.
///
/// Thread safety: any thread may call anything.
package final class BridgeLedger: Sendable {
    /// What happened since the start.
    package struct Counters: Sendable, Equatable {
        /// Requests that were carried out, whatever came of it.
        package var requests = 0
        /// Requests that were refused because too much was under way.
        package var overloaded = 0
        /// Requests that could not be read.
        package var malformed = 0
        /// Replies that could not be delivered: the client is gone, or reads too slowly.
        package var droppedReplies = 0
        /// Messages that were ignored because nobody could be answered.
        package var ignored = 0
    }

    private struct State {
        var admission: BridgeAdmission
        var counters = Counters()
    }

    private let state: Mutex<State>

    /// Nothing has happened.
    package init(_ limits: BridgeAdmission.Limits) {
        state = Mutex(State(admission: BridgeAdmission(limits)))
    }

    /// What happened since the start.
    package var counters: Counters { state.withLock { $0.counters } }
    /// What is under way.
    package var usage: BridgeAdmission.Usage { state.withLock { $0.admission.total } }

    func count(_ counter: any WritableKeyPath<Counters, Int> & Sendable) {
        state.withLock { $0.counters[keyPath: counter] += 1 }
    }

    /// A ticket for a request, or what is full.
    func admitRequest(
        of client: BridgeAdmission.Client, byteCount: Int
    ) -> Result<BridgeTicket, BridgeFull> {
        let full = state.withLock { state in
            let full = state.admission.admitRequest(of: client, byteCount: byteCount)
            if full == nil { state.counters.requests += 1 } else { state.counters.overloaded += 1 }
            return full
        }
        if let full { return .failure(BridgeFull(reason: full)) }
        return .success(BridgeTicket(ledger: self, client: client, byteCount: byteCount))
    }

    fileprivate func endRequest(of client: BridgeAdmission.Client, byteCount: Int) {
        state.withLock { $0.admission.endRequest(of: client, byteCount: byteCount) }
    }

    /// The bytes of a reply that counts from now on, or nil if the client must do without.
    func admitReply(
        to client: BridgeAdmission.Client, _ buffer: sending MessageBuffer
    ) -> BridgeReplyBytes? {
        let byteCount = buffer.count
        let isAdmitted = state.withLock { state in
            let isAdmitted = state.admission.admitReply(to: client, byteCount: byteCount)
            if !isAdmitted { state.counters.droppedReplies += 1 }
            return isAdmitted
        }
        guard isAdmitted else { return nil }
        return BridgeReplyBytes(ledger: self, client: client, buffer)
    }

    fileprivate func endReply(to client: BridgeAdmission.Client, byteCount: Int) {
        state.withLock { $0.admission.endReply(to: client, byteCount: byteCount) }
    }
}

/// What is full.
struct BridgeFull: Error {
    let reason: String
}

/// A request that is under way, until it is ended or this is released.
final class BridgeTicket: Sendable {
    private let hasEnded = Atomic(false)
    private let ledger: BridgeLedger
    private let client: BridgeAdmission.Client
    private let byteCount: Int

    fileprivate init(ledger: BridgeLedger, client: BridgeAdmission.Client, byteCount: Int) {
        self.ledger = ledger
        self.client = client
        self.byteCount = byteCount
    }

    deinit { end() }

    /// The request has its reply.
    func end() {
        guard !hasEnded.exchange(true, ordering: .relaxed) else { return }
        ledger.endRequest(of: client, byteCount: byteCount)
    }
}

/// The bytes of a reply, which count for as long as this is held: by the bridge, then by libzmq.
final class BridgeReplyBytes: Sendable {
    private let ledger: BridgeLedger
    private let client: BridgeAdmission.Client
    private let content: Attachment

    fileprivate init(
        ledger: BridgeLedger, client: BridgeAdmission.Client, _ buffer: sending MessageBuffer
    ) {
        self.ledger = ledger
        self.client = client
        content = Attachment(taking: buffer)
    }

    deinit { ledger.endReply(to: client, byteCount: content.count) }

    /// The bytes; valid while this is held.
    var bytes: UnsafeRawBufferPointer { content.bytes }
}
