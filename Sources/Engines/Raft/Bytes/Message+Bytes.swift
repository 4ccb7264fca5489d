import Primitives

/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 1 | format version: 1 |
/// | 1 | 1 | kind: see ``Kind`` |
/// | 2 | 8 | sender |
/// | 10 | 8 | recipient |
/// | 18 | 8 | term |
/// | 26 | rest | the body's facts in the order in which ``Body`` names them |
///
/// Indexes, terms, rounds and ids take 8 bytes, flags 1; optional numbers are a flag and the number
/// if there is one; entries, bases and chunks are as their own tables say.
extension Message {
    /// The version that this program writes, and the newest that it reads.
    public static let formatVersion: UInt8 = 1

    /// The number of each body: never changed, never used again.
    private enum Kind: UInt8 {
        case preVoteRequest = 1
        case preVoteReply = 2
        case voteRequest = 3
        case voteReply = 4
        case append = 5
        case appended = 6
        case appendRefused = 7
        case heartbeat = 8
        case heartbeatReply = 9
        case readRequest = 10
        case readReply = 11
        case snapshotChunk = 12
        case snapshotReply = 13
        case timeoutNow = 14
    }

    /// About how many bytes the message takes, for reserving memory and for filling batches.
    public var estimatedByteCount: Int {
        switch body {
        case .append(_, _, _, let entries): 64 + entries.estimatedByteCount
        case .snapshotChunk(let chunk):
            128 + chunk.base.configuration.members.count * 8 + chunk.bytes.count
        default: 64
        }
    }

    /// The message as bytes.
    public var bytes: [UInt8] {
        var writer = ByteWriter(reservingCapacity: estimatedByteCount)
        write(to: &writer)
        return writer.bytes
    }

    /// Reads a message from all of these bytes.
    public init(bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }

    /// Writes the message.
    public func write(to writer: inout ByteWriter) {
        writer.write(Self.formatVersion)
        writer.write(kind.rawValue)
        writer.write(sender.rawValue)
        writer.write(recipient.rawValue)
        writer.write(term)
        body.write(to: &writer)
    }

    /// Reads a message.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let version = try reader.read(UInt8.self)
        guard version <= Self.formatVersion else {
            throw .newerVersion(supported: Self.formatVersion, found: version)
        }
        guard version > 0 else {
            throw .invalid(offset: reader.offset - 1, what: "a version", value: version)
        }
        let number = try reader.read(UInt8.self)
        guard let kind = Kind(rawValue: number) else {
            throw .invalid(offset: reader.offset - 1, what: "a kind of message", value: number)
        }
        let sender = PeerID(try reader.read(UInt64.self))
        let recipient = PeerID(try reader.read(UInt64.self))
        let term = try reader.readPlace()
        self.init(
            sender: sender, recipient: recipient, term: term,
            body: try Self.readBody(of: kind, from: &reader))
    }

    private var kind: Kind {
        switch body {
        case .preVoteRequest: .preVoteRequest
        case .preVoteReply: .preVoteReply
        case .voteRequest: .voteRequest
        case .voteReply: .voteReply
        case .append: .append
        case .appended: .appended
        case .appendRefused: .appendRefused
        case .heartbeat: .heartbeat
        case .heartbeatReply: .heartbeatReply
        case .readRequest: .readRequest
        case .readReply: .readReply
        case .snapshotChunk: .snapshotChunk
        case .snapshotReply: .snapshotReply
        case .timeoutNow: .timeoutNow
        }
    }

    private static func readBody(
        of kind: Kind, from reader: inout ByteReader
    ) throws(ByteError) -> Body {
        switch kind {
        case .preVoteRequest:
            return .preVoteRequest(
                lastIndex: try reader.readPlace(), lastTerm: try reader.readPlace())
        case .preVoteReply:
            return .preVoteReply(isGranted: try reader.readFlag())
        case .voteRequest:
            return .voteRequest(
                lastIndex: try reader.readPlace(), lastTerm: try reader.readPlace(),
                isTransfer: try reader.readFlag())
        case .voteReply:
            return .voteReply(isGranted: try reader.readFlag())
        case .append:
            return try readAppend(from: &reader)
        case .appended:
            return .appended(through: try reader.readPlace())
        case .appendRefused:
            return .appendRefused(
                previousIndex: try reader.readPlace(), hintIndex: try reader.readPlace(),
                hintTerm: try reader.readPlace())
        case .heartbeat:
            return .heartbeat(
                commit: try reader.readPlace(), round: try reader.read(),
                quiesces: try reader.readFlag())
        case .heartbeatReply:
            return .heartbeatReply(round: try reader.read())
        case .readRequest:
            return .readRequest(id: try reader.read())
        case .readReply:
            return .readReply(
                id: try reader.read(),
                index: try reader.readFlag() ? try reader.readPlace() : nil)
        case .snapshotChunk:
            return .snapshotChunk(try SnapshotChunk(from: &reader))
        case .snapshotReply:
            return .snapshotReply(try SnapshotReply(from: &reader))
        case .timeoutNow:
            return .timeoutNow
        }
    }

    /// Reads an append, whose entries must begin right behind the place that it names.
    private static func readAppend(from reader: inout ByteReader) throws(ByteError) -> Body {
        let previousIndex = try reader.readPlace()
        let previousTerm = try reader.readPlace()
        let commit = try reader.readPlace()
        let entries = try [Entry](from: &reader)
        if let first = entries.first,
            first.index != previousIndex + 1 || first.term < previousTerm
        {
            throw .disordered(offset: reader.offset, what: "entries")
        }
        return .append(
            previousIndex: previousIndex, previousTerm: previousTerm, commit: commit, entries)
    }
}

extension Message.Body {
    fileprivate func write(to writer: inout ByteWriter) {
        switch self {
        case .preVoteRequest(let lastIndex, let lastTerm):
            writer.write(lastIndex)
            writer.write(lastTerm)
        case .preVoteReply(let isGranted), .voteReply(let isGranted):
            writer.write(isGranted)
        case .voteRequest(let lastIndex, let lastTerm, let isTransfer):
            writer.write(lastIndex)
            writer.write(lastTerm)
            writer.write(isTransfer)
        case .append(let previousIndex, let previousTerm, let commit, let entries):
            writer.write(previousIndex)
            writer.write(previousTerm)
            writer.write(commit)
            entries.write(to: &writer)
        case .appended(let index):
            writer.write(index)
        case .appendRefused(let previousIndex, let hintIndex, let hintTerm):
            writer.write(previousIndex)
            writer.write(hintIndex)
            writer.write(hintTerm)
        case .heartbeat(let commit, let round, let quiesces):
            writer.write(commit)
            writer.write(round)
            writer.write(quiesces)
        case .heartbeatReply(let number), .readRequest(let number):
            writer.write(number)
        case .readReply(let id, let index):
            writer.write(id)
            writer.write(optional: index)
        case .snapshotChunk(let chunk):
            chunk.write(to: &writer)
        case .snapshotReply(let reply):
            reply.write(to: &writer)
        case .timeoutNow:
            break
        }
    }
}
