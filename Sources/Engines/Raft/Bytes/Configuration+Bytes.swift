import Primitives

/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 4 | count v of voters |
/// | 4 | 8 · v | voters, ascending |
/// | … | 4 | count o of outgoing voters |
/// | … | 8 · o | outgoing voters, ascending |
/// | … | 4 | count l of learners |
/// | … | 8 · l | learners, ascending, none of them a voter |
extension Configuration {
    /// Writes the configuration.
    public func write(to writer: inout ByteWriter) {
        for peers in [voters, outgoing, learners] {
            writer.write(count: peers.count)
            for peer in peers { writer.write(peer.rawValue) }
        }
    }

    /// Reads a configuration.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let voters = try Self.readPeers(from: &reader)
        let outgoing = try Self.readPeers(from: &reader)
        let learners = try Self.readPeers(from: &reader)
        self.init(voters: voters, outgoing: outgoing, learners: learners)
        guard self.learners.count == learners.count else {
            throw .disordered(offset: reader.offset, what: "learners that vote")
        }
    }

    private static func readPeers(from reader: inout ByteReader) throws(ByteError) -> [PeerID] {
        let count = try reader.readCount(ofElementsOf: 8)
        var peers: [PeerID] = []
        peers.reserveCapacity(count)
        for _ in 0..<count {
            let peer = PeerID(try reader.read(UInt64.self))
            if let last = peers.last, last >= peer {
                throw .disordered(offset: reader.offset, what: "peers")
            }
            peers.append(peer)
        }
        return peers
    }
}

/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | index |
/// | 8 | 8 | term |
/// | 16 | rest | ``Configuration`` |
extension LogBase {
    /// Writes the base.
    public func write(to writer: inout ByteWriter) {
        writer.write(index)
        writer.write(term)
        configuration.write(to: &writer)
    }

    /// Reads a base.
    public init(from reader: inout ByteReader) throws(ByteError) {
        let index = try reader.readPlace()
        let term = try reader.readPlace()
        self.init(index: index, term: term, configuration: try Configuration(from: &reader))
    }
}
