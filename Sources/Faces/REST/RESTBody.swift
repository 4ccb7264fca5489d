internal import JSON
internal import Protocols

/// The values of a body or a query, by the names of a route's fields.
///
/// One reader for all routes: it takes exactly what the table says, so that the document that is made
/// from the table is true.
struct RESTBody {
    enum Value {
        case string(String)
        case integer(Int)
        case number(Double)
        case bool(Bool)
        case pointID(PointID)
        case vector([Float])
        case payload(Payload)
        case limit(PlanLimit)
        case scopes([Scope])
        case pointIDs([PointID])
        case points([Point])
    }

    private var values: [String: Value] = [:]

    /// The largest dimension of a vector.
    private static let maxDimension = 65_536
    /// The most fields of one object of a payload.
    private static let maxPayloadFieldCount = 100_000

    // MARK: Reading

    /// Reads a body.
    init(_ bytes: UnsafeRawBufferPointer, _ fields: [RESTField]) throws(ServiceError) {
        do {
            values = try JSONReader.read(bytes) { (reader) throws(JSONError) in
                try Self.readObject(&reader, fields)
            }
        } catch {
            throw ServiceError(error)
        }
    }

    /// Reads a query.
    init(
        query: [(name: String, value: String)], _ fields: [RESTField]
    ) throws(ServiceError) {
        for (name, text) in query {
            guard let field = fields.first(where: { $0.name == name }) else {
                throw .invalidField(name, "there is no such field of the query")
            }
            guard values[name] == nil else { throw .invalidField(name, "it is there twice") }
            switch field.kind {
            case .integer(let range):
                guard let integer = Int(text), String(integer) == text, range.contains(integer)
                else {
                    throw .invalidField(
                        name,
                        "it must be a whole number from \(range.lowerBound) to \(range.upperBound)")
                }
                values[name] = .integer(integer)
            default:
                if case .string(let maxLength) = field.kind, text.utf8.count > maxLength {
                    throw .invalidField(name, "it has more than \(maxLength) bytes")
                }
                values[name] = .string(text)
            }
        }
    }

    private static func readObject(
        _ reader: inout JSONReader, _ fields: [RESTField]
    ) throws(JSONError) -> [String: Value] {
        var values: [String: Value] = [:]
        try reader.readObject(
            fields: fields.map(\.name), required: fields.filter(\.isRequired).map(\.name)
        ) { (reader, index) throws(JSONError) in
            let field = fields[index]
            if !field.isRequired, try reader.readIfNull() { return }
            values[field.name] = try read(&reader, field.kind)
        }
        return values
    }

    private static func read(
        _ reader: inout JSONReader, _ kind: RESTField.Kind
    ) throws(JSONError) -> Value {
        switch kind {
        case .string(let maxLength):
            return .string(try reader.readString(maxByteCount: maxLength))
        case .integer(let range): return .integer(try reader.readInteger(in: range))
        case .number: return .number(try reader.readDouble())
        case .bool: return .bool(try reader.readBool())
        case .choice(let names):
            let offset = reader.offset
            let name = try reader.readString(maxByteCount: 64)
            guard names.contains(name) else {
                throw JSONError(
                    .value, "it must be one of \(names.joined(separator: ", "))", offset: offset)
            }
            return .string(name)
        case .pointID: return .pointID(try readID(&reader))
        case .vector: return .vector(try reader.readFloats(maxCount: maxDimension))
        case .payload: return .payload(try readPayload(&reader))
        case .limit: return .limit(try readLimit(&reader))
        case .scopes: return .scopes(try readScopes(&reader))
        case .array(.pointID, let maxCount):
            var ids: [PointID] = []
            try reader.readArray(maxCount: maxCount) { (reader, _) throws(JSONError) in
                ids.append(try readID(&reader))
            }
            return .pointIDs(ids)
        case .array(_, let maxCount):
            var points: [Point] = []
            try reader.readArray(maxCount: maxCount) { (reader, _) throws(JSONError) in
                points.append(try readPoint(&reader))
            }
            return .points(points)
        case .object:
            preconditionFailure("a body has no object but those of its points")
        }
    }

    private static let pointFields = ["id", "vector", "payload"]

    /// A point, without a detour: most bytes that come are points.
    private static func readPoint(_ reader: inout JSONReader) throws(JSONError) -> Point {
        var point = Point(id: .number(0), vector: [])
        try reader.readObject(fields: pointFields, required: ["id", "vector"]) {
            (reader, index) throws(JSONError) in
            switch index {
            case 0: point.id = try readID(&reader)
            case 1: point.vector = try reader.readFloats(maxCount: maxDimension)
            default:
                if try !reader.readIfNull() { point.payload = try readPayload(&reader) }
            }
        }
        return point
    }

    private static func readID(_ reader: inout JSONReader) throws(JSONError) -> PointID {
        switch try reader.peekKind() {
        case .string:
            return PointID(
                string: try reader.readString(maxByteCount: PointID.maxStringByteCount))
        default: return .number(try reader.readInteger())
        }
    }

    private static func readPayload(_ reader: inout JSONReader) throws(JSONError) -> Payload {
        try reader.readObject(maxCount: maxPayloadFieldCount) { (reader) throws(JSONError) in
            try readJSON(&reader)
        }
    }

    private static func readJSON(_ reader: inout JSONReader) throws(JSONError) -> JSONValue {
        switch try reader.peekKind() {
        case .null:
            _ = try reader.readIfNull()
            return .null
        case .bool: return .bool(try reader.readBool())
        case .number:
            switch try reader.readNumber() {
            case .integer(let integer): return .integer(integer)
            case .double(let double): return .number(double)
            }
        case .string: return .string(try reader.readString())
        case .array:
            var values: [JSONValue] = []
            try reader.readArray(maxCount: .max) { (reader, _) throws(JSONError) in
                values.append(try readJSON(&reader))
            }
            return .array(values)
        case .object: return .object(try readPayload(&reader))
        }
    }

    private static func readLimit(_ reader: inout JSONReader) throws(JSONError) -> PlanLimit {
        guard try reader.peekKind() == .string else {
            return .atMost(try reader.readInteger(in: 0...Int.max))
        }
        let offset = reader.offset
        guard try reader.readString(maxByteCount: 16) == "unlimited" else {
            throw JSONError(
                .value, "a limit is a number or \"unlimited\"", offset: offset)
        }
        return .unlimited
    }

    /// The most rights of a key or a user.
    private static let maxScopeCount = 16

    private static func readScopes(_ reader: inout JSONReader) throws(JSONError) -> [Scope] {
        var scopes: [Scope] = []
        try reader.readArray(maxCount: maxScopeCount) { (reader, _) throws(JSONError) in
            var access: Access?
            var names: [String] = []
            try reader.readObject(
                fields: ["access", "collections"], required: ["access", "collections"]
            ) { (reader, index) throws(JSONError) in
                let offset = reader.offset
                if index == 0 {
                    access = Access(rawValue: try reader.readString(maxByteCount: 16))
                    if access == nil {
                        throw JSONError(
                            .value, "it must be one of read, write, manage", offset: offset)
                    }
                } else {
                    try reader.readArray(maxCount: Scope.maxNameCount) {
                        (reader, _) throws(JSONError) in
                        names.append(
                            try reader.readString(
                                maxByteCount: CollectionConfiguration.maxNameByteCount))
                    }
                }
            }
            guard let access else { return }
            scopes.append(Scope(access, on: names == ["*"] ? .all : .named(names)))
        }
        return scopes
    }

    // MARK: Values

    func string(_ name: String) -> String? {
        if case .string(let value) = values[name] { value } else { nil }
    }
    func integer(_ name: String) -> Int? {
        if case .integer(let value) = values[name] { value } else { nil }
    }
    func number(_ name: String) -> Double? {
        if case .number(let value) = values[name] { value } else { nil }
    }
    func bool(_ name: String) -> Bool? {
        if case .bool(let value) = values[name] { value } else { nil }
    }
    func pointID(_ name: String) -> PointID? {
        if case .pointID(let value) = values[name] { value } else { nil }
    }
    func vector(_ name: String) -> [Float]? {
        if case .vector(let value) = values[name] { value } else { nil }
    }
    func limit(_ name: String) -> PlanLimit? {
        if case .limit(let value) = values[name] { value } else { nil }
    }
    func scopes(_ name: String) -> [Scope]? {
        if case .scopes(let value) = values[name] { value } else { nil }
    }
    func pointIDs(_ name: String) -> [PointID] {
        if case .pointIDs(let value) = values[name] { value } else { [] }
    }
    func points(_ name: String) -> [Point] {
        if case .points(let value) = values[name] { value } else { [] }
    }
}

extension ServiceError {
    init(_ error: JSONError) {
        self.init(
            error.kind == .limit ? .tooLarge : .invalidArgument, "the body: \(error)",
            details: error.path.isEmpty ? [:] : ["field": error.path])
    }

    static func invalidField(_ name: String, _ reason: String) -> ServiceError {
        let name = String(name.prefix(64))
        return ServiceError(.invalidArgument, "\(name): \(reason)", details: ["field": name])
    }
}
