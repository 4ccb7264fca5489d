import Raft

/// A 64-bit fingerprint of a sequence of numbers: equal runs have equal fingerprints, in every
/// process and on every machine, which `Hasher` does not promise.
package struct Digest: Sendable, Hashable {
    /// The fingerprint so far.
    package private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// The fingerprint of nothing.
    package init() {}

    /// Takes the next number.
    package mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0xbf58_476d_1ce4_e5b9
        value ^= value >> 29
    }

    /// Takes the next number.
    package mutating func mix(_ number: Int) { mix(UInt64(bitPattern: Int64(number))) }

    /// Takes bytes and how many there are.
    package mutating func mix(_ bytes: [UInt8]) {
        mix(bytes.count)
        var word: UInt64 = 0
        for (offset, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if offset & 7 == 7 { mix(word) }
        }
        mix(word)
    }

    /// Takes the peers of a configuration.
    package mutating func mix(_ configuration: Configuration) {
        for peers in [configuration.voters, configuration.outgoing, configuration.learners] {
            mix(peers.count)
            for peer in peers { mix(peer.rawValue) }
        }
    }

    /// Takes an entry.
    package mutating func mix(_ entry: Entry) {
        mix(entry.term)
        mix(entry.index)
        switch entry.content {
        case .empty: mix(0)
        case .command(let bytes): mix(bytes)
        case .configuration(let configuration): mix(configuration)
        }
    }

    /// Takes a message.
    package mutating func mix(_ message: Message) {
        mix(message.sender.rawValue)
        mix(message.recipient.rawValue)
        mix(message.term)
        mix(message.body)
    }

    private mutating func mix(_ body: Message.Body) {
        switch body {
        case .preVoteRequest(let lastIndex, let lastTerm): mixAll(1, lastIndex, lastTerm)
        case .preVoteReply(let isGranted): mixAll(2, isGranted ? 1 : 0)
        case .voteRequest(let lastIndex, let lastTerm, let isTransfer):
            mixAll(3, lastIndex, lastTerm, isTransfer ? 1 : 0)
        case .voteReply(let isGranted): mixAll(4, isGranted ? 1 : 0)
        case .append(let previousIndex, let previousTerm, let commit, let entries):
            mixAll(5, previousIndex, previousTerm, commit)
            for entry in entries { mix(entry) }
        case .appended(let index): mixAll(6, index)
        case .appendRefused(let previousIndex, let hintIndex, let hintTerm):
            mixAll(7, previousIndex, hintIndex, hintTerm)
        case .heartbeat(let commit, let round, let quiesces):
            mixAll(8, commit, round, quiesces ? 1 : 0)
        case .heartbeatReply(let round): mixAll(9, round)
        case .readRequest(let id): mixAll(10, id)
        case .readReply(let id, let index): mixAll(11, id, index ?? .max)
        case .snapshotChunk(let chunk):
            mixAll(12, chunk.base.index, chunk.base.term, chunk.stream, chunk.number)
            mix(chunk.bytes)
        case .snapshotReply(let reply):
            mixAll(13, reply.stream, reply.next, UInt64(reply.state.rawValue))
        case .timeoutNow: mix(14)
        }
    }

    private mutating func mixAll(_ words: UInt64...) {
        for word in words { mix(word) }
    }
}
