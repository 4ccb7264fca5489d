internal import MessagePack

extension ControlEnvelope {
    /// Reads what follows the kind; `elementCount` counts the elements without it.
    init(
        _ kind: EnvelopeKind, elementCount: Int, from reader: inout MessagePackReader
    ) throws(MessagePackError) {
        var left = elementCount
        func need(_ count: Int) throws(MessagePackError) {
            guard elementCount >= count else {
                throw .invalidValue(
                    reason: "an envelope of kind \(kind) with \(elementCount) elements",
                    offset: reader.offset)
            }
            left -= count
        }
        switch kind {
        case .cancel:
            try need(1)
            self = .cancel(try reader.readInteger(UInt64.self))
        case .ping: self = .ping
        case .pong: self = .pong
        case .watch:
            try need(2)
            self = .watch(
                name: try reader.readString(), incarnation: try reader.readOptionalUInt64())
        case .terminated:
            try need(2)
            self = .terminated(
                name: try reader.readString(), incarnation: try reader.readOptionalUInt64())
        case .listing:
            try need(2)
            let version = try reader.readInteger(UInt64.self)
            var entries: [ReceptionistEntry] = []
            let count = try reader.readArrayHeader()
            guard count <= Receptionist.maxEntryCount else {
                throw .invalidValue(
                    reason: "a listing of \(count) actors, more than \(Receptionist.maxEntryCount)",
                    offset: reader.offset)
            }
            for _ in 0..<count {
                entries.append(try ReceptionistEntry(from: &reader))
            }
            self = .listing(version: version, entries)
        case .hello:
            try need(6)
            self = .hello(try Handshake.Hello(from: &reader))
        case .welcome:
            try need(6)
            self = .welcome(try Handshake.Hello(from: &reader))
        case .refusal:
            try need(1)
            self = .refusal(try reader.readString())
        case .request, .reply, .failure:
            preconditionFailure("envelopes of kind \(kind) are read in place")
        }
        for _ in 0..<left { try reader.skipValue() }
    }
}

extension Handshake.Hello {
    init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let protocolVersion = try reader.readInteger(UInt64.self)
        let clusterID = try reader.readString()
        let node = NodeID(try reader.readString())
        let incarnation = try reader.readInteger(UInt64.self)
        let laneNumber = try reader.readInteger(UInt8.self)
        guard let lane = Lane(rawValue: laneNumber) else {
            throw .invalidValue(reason: "there is no lane \(laneNumber)", offset: reader.offset)
        }
        var endpoint: Endpoint?
        if !reader.readIfNil() { endpoint = Endpoint(rawValue: try reader.readString()) }
        self.init(
            protocolVersion: protocolVersion, clusterID: clusterID,
            peer: Peer(node: node, incarnation: incarnation, endpoint: endpoint), lane: lane)
    }
}

extension ReceptionistEntry {
    init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let count = try reader.readArrayHeader()
        guard count >= 3 else {
            throw .invalidValue(reason: "a listing of \(count) elements", offset: reader.offset)
        }
        key = try reader.readString()
        name = try reader.readString()
        incarnation = try reader.readOptionalUInt64()
        for _ in 3..<count { try reader.skipValue() }
    }
}

extension MessagePackReader {
    mutating func readOptionalUInt64() throws(MessagePackError) -> UInt64? {
        readIfNil() ? nil : try readInteger(UInt64.self)
    }
}
