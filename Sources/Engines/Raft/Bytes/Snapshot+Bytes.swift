/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | stream |
/// | 8 | 8 | number of the part |
/// | 16 | 4 | CRC-32C of the bytes |
/// | 20 | 1 | whether it is the last part: 0 or 1 |
/// | 21 | 4 | of the last part: CRC-32C of all bytes of all parts |
/// | … | … | ``LogBase`` |
/// | … | 4 | count n |
/// | … | n | bytes |
///
/// The checksums are carried, not checked: whoever installs the snapshot does so.
extension SnapshotChunk {
    /// Writes the part.
    public func write(to writer: inout ByteWriter) {
        writer.write(stream)
        writer.write(number)
        writer.write(checksum)
        writer.write(optional: totalChecksum)
        base.write(to: &writer)
        writer.write(counted: bytes)
    }

    /// Reads a part.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let stream = try reader.read(UInt64.self)
        let number = try reader.readPlace()
        let checksum = try reader.read(UInt32.self)
        let totalChecksum = try reader.readOptional(UInt32.self)
        let base = try LogBase(from: &reader)
        self.init(
            base: base, stream: stream, number: number, bytes: try reader.readCounted(),
            checksum: checksum, totalChecksum: totalChecksum)
    }
}

/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | stream |
/// | 8 | 8 | number of the part that is wanted next |
/// | 16 | 1 | state: 0 receiving, 1 installed, 2 refused |
extension SnapshotReply {
    /// Writes the reply.
    public func write(to writer: inout ByteWriter) {
        writer.write(stream)
        writer.write(next)
        writer.write(state.rawValue)
    }

    /// Reads a reply.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let stream = try reader.read(UInt64.self)
        let next = try reader.readPlace()
        let number = try reader.read(UInt8.self)
        guard let state = State(rawValue: number) else {
            throw .invalid(
                offset: reader.offset - 1, what: "a state of a snapshot", value: number)
        }
        self.init(stream: stream, next: next, state: state)
    }
}
