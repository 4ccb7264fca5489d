import Primitives
import Protocols
package import Raft

/// Messages of any groups from one node to another: what travels in a ``ReplicationBatch``.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 1 | format version: 1 |
/// | 1 | 8 | the cluster's life, 0 while it is not known |
/// | 9 | 4 + n | the sender's node name: count, UTF-8 |
/// | | 4 | how many messages |
/// | | | of each: group 8, then the message as `Raft` writes it |
///
/// Numbers are little-endian.
package struct NodeBatch: Sendable, Hashable {
    /// Which life of the cluster the sender belongs to; 0: it does not know yet.
    package var cluster: UInt64
    /// The node that sends.
    package var sender: String
    /// The messages; none: the sender only shows that it lives.
    package var messages: [GroupMessage]

    private static let formatVersion: UInt8 = 1
    /// The longest name of a node, in bytes.
    private static let maxNameByteCount = 128

    /// Gathers messages.
    package init(cluster: UInt64, sender: String, messages: [GroupMessage]) {
        self.cluster = cluster
        self.sender = sender
        self.messages = messages
    }

    /// The batch as bytes.
    package var bytes: [UInt8] {
        let byteCount = messages.reduce(32 + sender.utf8.count) {
            $0 + 8 + $1.message.estimatedByteCount
        }
        var writer = ByteWriter(reservingCapacity: byteCount)
        writer.write(Self.formatVersion)
        writer.write(cluster)
        writer.write(counted: Array(sender.utf8))
        writer.write(count: messages.count)
        for message in messages {
            writer.write(message.group.rawValue)
            message.message.write(to: &writer)
        }
        return writer.bytes
    }

    /// The batch that ``bytes`` came from.
    ///
    /// - Throws: ``ByteError`` for bytes that are none; nothing traps.
    package init(bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == Self.formatVersion else {
            throw .newerVersion(supported: Self.formatVersion, found: version)
        }
        cluster = try reader.read(UInt64.self)
        let name = try reader.readCounted()
        guard name.count <= Self.maxNameByteCount else {
            throw .unread(offset: reader.offset, count: name.count - Self.maxNameByteCount)
        }
        sender = String(decoding: name, as: UTF8.self)
        let count = try reader.readCount(ofElementsOf: 8)
        messages = []
        messages.reserveCapacity(count)
        for _ in 0..<count {
            let group = GroupID(try reader.read(UInt64.self))
            messages.append(GroupMessage(group: group, message: try Message(from: &reader)))
        }
        try reader.finish()
    }
}
