import Primitives
import Raft
import Testing

/// One message of each kind, with and without what is optional.
let messagesOfAllKinds: [Message] = {
    let joint = Configuration(voters: [1, 2, 4], outgoing: [1, 2, 3], learners: [5])
    let entries: [Entry] = [
        Entry(term: 3, index: 8, content: .empty),
        Entry(term: 3, index: 9, content: .command([1, 2, 3, 255])),
        Entry(term: 4, index: 10, content: .command([])),
        Entry(term: 4, index: 11, content: .configuration(joint)),
    ]
    let base = LogBase(index: 7, term: 2, configuration: joint)
    let bodies: [Message.Body] = [
        .preVoteRequest(lastIndex: 11, lastTerm: 4), .preVoteReply(isGranted: true),
        .voteRequest(lastIndex: 11, lastTerm: 4, isTransfer: false), .voteReply(isGranted: false),
        .append(previousIndex: 7, previousTerm: 2, commit: 6, entries),
        .append(previousIndex: 0, previousTerm: 0, commit: 0, []), .appended(through: 11),
        .appendRefused(previousIndex: 9, hintIndex: 5, hintTerm: 2),
        .heartbeat(commit: 6, round: .max, quiesces: true), .heartbeatReply(round: 12),
        .readRequest(id: .max), .readReply(id: 5, index: 9), .readReply(id: 6, index: nil),
        .snapshotChunk(
            SnapshotChunk(
                base: base, stream: 77, number: 2, bytes: [9, 8, 7], checksum: 0xdead_beef,
                totalChecksum: 5)),
        .snapshotChunk(
            SnapshotChunk(
                base: base, stream: 77, number: 1, bytes: [], checksum: 0, totalChecksum: nil)),
        .snapshotReply(SnapshotReply(stream: 77, next: 3, state: .receiving)),
        .snapshotReply(SnapshotReply(stream: 77, next: 3, state: .refused)), .timeoutNow,
    ]
    return bodies.map { Message(sender: 1, recipient: .init(.max), term: 4, body: $0) }
}()

@Suite struct `A message as bytes` {
    @Test(arguments: messagesOfAllKinds) func `comes back as it was`(message: Message) throws {
        #expect(try Message(bytes: message.bytes) == message)
        #expect(message.bytes.count <= message.estimatedByteCount)
    }

    @Test(arguments: messagesOfAllKinds) func `is nothing if cut anywhere`(message: Message) {
        let bytes = message.bytes
        for count in bytes.indices {
            #expect(throws: ByteError.self, "\(count)") {
                try Message(bytes: Array(bytes.prefix(count)))
            }
        }
        #expect(throws: ByteError.unread(offset: bytes.count, count: 1)) {
            try Message(bytes: bytes + [0])
        }
    }

    @Test func `has one form only, whatever bits are flipped`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            var bytes = messagesOfAllKinds.randomElement(using: &generator)?.bytes ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = bytes.indices.randomElement(using: &generator) ?? 0
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            // Either it is refused, or it means another message, whose bytes these are.
            if let message = try? Message(bytes: bytes) { #expect(message.bytes == bytes) }
        }
    }

    @Test func `may be anything without harm`() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<120, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if count > 1 { (bytes[0], bytes[1]) = (1, bytes[1] % 16) }
            if let message = try? Message(bytes: bytes) { #expect(message.bytes == bytes) }
        }
    }

    @Test func `of a newer version is refused`() {
        var bytes = messagesOfAllKinds[0].bytes
        bytes[0] = 2
        #expect(throws: ByteError.newerVersion(supported: 1, found: 2)) {
            try Message(bytes: bytes)
        }
    }

    @Test func `does not change from one version of the program to the next`() {
        let message = Message(
            sender: 1, recipient: 2, term: 3,
            body: .append(
                previousIndex: 4, previousTerm: 2, commit: 4,
                [Entry(term: 3, index: 5, content: .command([0xaa]))]))
        let place = { (number: UInt8) in [number, 0, 0, 0, 0, 0, 0, 0] }
        let header: [UInt8] = [1, 5] + place(1) + place(2) + place(3)
        let facts: [UInt8] = place(4) + place(2) + place(4)
        let entry: [UInt8] = place(3) + place(5) + [1, 1, 0, 0, 0, 0xaa]
        #expect(message.bytes == header + facts + [1, 0, 0, 0] + entry)
    }

    @Test func `leaves no gap between the place and the entries`() {
        for (previous, indexes) in [(4, [6]), (4, [4]), (4, [5, 7]), (4, [5, 5])] {
            let entries = indexes.map { Entry(term: 1, index: UInt64($0), content: .empty) }
            let message = Message(
                sender: 1, recipient: 2, term: 1,
                body: .append(
                    previousIndex: UInt64(previous), previousTerm: 1, commit: 0, entries))
            #expect(throws: ByteError.self) { try Message(bytes: message.bytes) }
        }
    }

    @Test func `has no number to which one cannot be added`() {
        let message = Message(
            sender: 1, recipient: 2, term: 1, body: .appended(through: 1 << 63))
        #expect(throws: ByteError.self) { try Message(bytes: message.bytes) }
    }

    @Test func `asks for no more memory than there are bytes`() {
        var bytes = Message(
            sender: 1, recipient: 2, term: 1,
            body: .append(previousIndex: 0, previousTerm: 0, commit: 0, [])
        ).bytes
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [255, 255, 255, 255])
        #expect(throws: ByteError.self) { try Message(bytes: bytes) }
    }
}

@Suite struct `A state as bytes` {
    @Test(arguments: [HardState(), HardState(term: 9, vote: 4)])
    func `comes back as it was`(state: HardState) throws {
        var writer = ByteWriter()
        state.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try HardState(from: &reader) == state)
        try reader.finish()
    }

    @Test func `has its peers in order`() {
        for lists: [[UInt64]] in [[[2, 1], [], []], [[1, 1], [], []], [[1], [], [1]]] {
            var writer = ByteWriter()
            for list in lists {
                writer.write(count: list.count)
                for peer in list { writer.write(peer) }
            }
            #expect(throws: ByteError.self) {
                var reader = ByteReader(writer.bytes)
                _ = try Configuration(from: &reader)
            }
        }
    }
}
