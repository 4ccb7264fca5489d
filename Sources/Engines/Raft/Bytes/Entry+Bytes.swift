import Primitives

/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | term |
/// | 8 | 8 | index |
/// | 16 | 1 | kind: 0 empty, 1 command, 2 configuration |
/// | 17 | 4 | of a command: its count of bytes n |
/// | 21 | n | of a command: its bytes |
/// | 17 | rest | of a configuration: ``Configuration`` |
extension Entry {
    /// The fewest bytes that an entry takes.
    static let minimumByteCount = 17

    /// Writes the entry.
    public func write(to writer: inout ByteWriter) {
        writer.write(term)
        writer.write(index)
        switch content {
        case .empty:
            writer.write(0 as UInt8)
        case .command(let bytes):
            writer.write(1 as UInt8)
            writer.write(counted: bytes)
        case .configuration(let configuration):
            writer.write(2 as UInt8)
            configuration.write(to: &writer)
        }
    }

    /// Reads an entry.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let term = try reader.readPlace()
        let index = try reader.readPlace()
        let kind = try reader.read(UInt8.self)
        let content: Content
        switch kind {
        case 0: content = .empty
        case 1: content = .command(try reader.readCounted())
        case 2: content = .configuration(try Configuration(from: &reader))
        default:
            throw .invalid(offset: reader.offset - 1, what: "a kind of entry", value: kind)
        }
        self.init(term: term, index: index, content: content)
    }
}

/// A list of entries without gaps is a count of 4 bytes and each ``Entry``.
extension [Entry] {
    /// About how many bytes the list takes, for reserving memory.
    public var estimatedByteCount: Int {
        reduce(4) { $0 + $1.byteCount + Entry.minimumByteCount }
    }

    /// Writes the list.
    public func write(to writer: inout ByteWriter) {
        writer.write(count: count)
        for entry in self { entry.write(to: &writer) }
    }

    /// Reads a list, of which each index follows the one before.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let count = try reader.readCount(ofElementsOf: Entry.minimumByteCount)
        self = []
        reserveCapacity(count)
        for _ in 0..<count {
            let entry = try Entry(from: &reader)
            // Indexes are below 2⁶³.
            if let last, entry.index != last.index + 1 || entry.term < last.term {
                throw .disordered(offset: reader.offset, what: "entries")
            }
            append(entry)
        }
    }
}

/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | term |
/// | 8 | 1 | whether there is a vote: 0 or 1 |
/// | 9 | 8 | if there is: the peer that has it |
extension HardState {
    /// Writes term and vote.
    public func write(to writer: inout ByteWriter) {
        writer.write(term)
        writer.write(optional: vote?.rawValue)
    }

    /// Reads term and vote.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let term = try reader.readPlace()
        self.init(term: term, vote: try reader.readOptional(UInt64.self).map { PeerID($0) })
    }
}
