public import MessagePack

// The forms of the hot path: the same bytes as `Codable` writes, a tenth of its cost.

extension SearchQuery: MessagePackCodable {
    /// A map of vector, limit, efSearch, recall, mode and parts.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 4 + (efSearch == nil ? 0 : 1) + (recall == nil ? 0 : 1))
        writer.writeKey("vector")
        writer.write(vector)
        writer.writeKey("limit")
        writer.write(limit)
        if let efSearch {
            writer.writeKey("efSearch")
            writer.write(efSearch)
        }
        if let recall {
            writer.writeKey("recall")
            writer.write(recall)
        }
        writer.writeKey("mode")
        writer.write(mode.rawValue)
        writer.writeKey("parts")
        writer.write(parts.rawValue)
    }

    /// A map of vector, limit, efSearch, recall, mode and parts.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var vector: [Float]?
        var limit: Int?
        var efSearch: Int?
        var recall: Double?
        var mode = Mode.approximate
        var parts: PointParts = []
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("vector") {
                vector = try reader.readFloats()
            } else if reader.readKey("limit") {
                limit = try reader.readInteger()
            } else if reader.readKey("efSearch") {
                if !reader.readIfNil() { efSearch = try reader.readInteger() }
            } else if reader.readKey("recall") {
                if !reader.readIfNil() { recall = try reader.readDouble() }
            } else if reader.readKey("mode") {
                mode = try reader.readMode()
            } else if reader.readKey("parts") {
                parts = PointParts(rawValue: try reader.readInteger())
            } else {
                try reader.skipField()
            }
        }
        self.init(
            vector: try reader.require(vector, "vector", from: start),
            limit: try reader.require(limit, "limit", from: start), efSearch: efSearch,
            recall: recall, mode: mode, parts: parts)
    }
}

extension MessagePackReader {
    fileprivate mutating func readMode() throws(MessagePackError) -> SearchQuery.Mode {
        let start = offset
        let text = try readString()
        guard let mode = SearchQuery.Mode(rawValue: text) else {
            throw .invalidValue(
                reason: "there is no search mode \(text.debugDescription)", offset: start)
        }
        return mode
    }
}

extension UpsertRequest: MessagePackCodable {
    /// A map of collection, points and name.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: name == nil ? 2 : 3)
        writer.writeKey("collection")
        writer.write(collection)
        writer.writeKey("points")
        points.encode(to: &writer)
        if let name {
            writer.writeKey("name")
            name.encode(to: &writer)
        }
    }

    /// A map of collection, points and name.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var collection: String?
        var points: [Point]?
        var name: WriteName?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("collection") {
                collection = try reader.readString()
            } else if reader.readKey("points") {
                points = try [Point](from: &reader)
            } else if reader.readKey("name") {
                if !reader.readIfNil() { name = try WriteName(from: &reader) }
            } else {
                try reader.skipField()
            }
        }
        self.init(
            collection: try reader.require(collection, "collection", from: start),
            points: try reader.require(points, "points", from: start), name: name)
    }
}

extension SearchRequest: MessagePackCodable {
    /// A map of collection, target (vector or point), limit, efSearch, recall, mode, parts and consistency.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 6 + (efSearch == nil ? 0 : 1) + (recall == nil ? 0 : 1))
        writer.writeKey("collection")
        writer.write(collection)
        switch target {
        case .vector(let vector):
            writer.writeKey("vector")
            writer.write(vector)
        case .point(let id):
            writer.writeKey("point")
            id.encode(to: &writer)
        }
        writer.writeKey("limit")
        writer.write(limit)
        if let efSearch {
            writer.writeKey("efSearch")
            writer.write(efSearch)
        }
        if let recall {
            writer.writeKey("recall")
            writer.write(recall)
        }
        writer.writeKey("mode")
        writer.write(mode.rawValue)
        writer.writeKey("parts")
        writer.write(parts.rawValue)
        writer.writeKey("consistency")
        consistency.encode(to: &writer)
    }

    /// A map of collection, target (vector or point), limit, efSearch, recall, mode, parts and consistency.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var collection: String?
        var target: Target?
        var limit: Int?
        var efSearch: Int?
        var recall: Double?
        var mode = SearchQuery.Mode.approximate
        var parts: PointParts = []
        var consistency = ReadConsistency.linearizable
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("collection") {
                collection = try reader.readString()
            } else if reader.readKey("vector") {
                target = .vector(try reader.readFloats())
            } else if reader.readKey("point") {
                target = .point(try PointID(from: &reader))
            } else if reader.readKey("limit") {
                limit = try reader.readInteger()
            } else if reader.readKey("efSearch") {
                if !reader.readIfNil() { efSearch = try reader.readInteger() }
            } else if reader.readKey("recall") {
                if !reader.readIfNil() { recall = try reader.readDouble() }
            } else if reader.readKey("mode") {
                mode = try reader.readMode()
            } else if reader.readKey("parts") {
                parts = PointParts(rawValue: try reader.readInteger())
            } else if reader.readKey("consistency") {
                consistency = try ReadConsistency(from: &reader)
            } else {
                try reader.skipField()
            }
        }
        self.init(
            collection: try reader.require(collection, "collection", from: start),
            target: try reader.require(target, "vector or point", from: start),
            limit: try reader.require(limit, "limit", from: start), efSearch: efSearch,
            recall: recall, mode: mode, parts: parts, consistency: consistency)
    }
}
