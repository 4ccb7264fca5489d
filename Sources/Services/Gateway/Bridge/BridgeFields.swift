internal import MessagePack
internal import Protocols

/// The fields of a request, found but not yet read: `op` decides what the others mean, and it may
/// come last.
///
/// Every reader in it points into the bytes of the request, which outlive it.
struct BridgeFields {
    private(set) var id: BridgeRequestID?
    private(set) var version: UInt64?
    private(set) var operationName: String?
    /// A reader before each other value, in the order of the request.
    private var values: [(name: String, reader: MessagePackReader)] = []

    /// The longest field name that is looked at, in bytes; the protocol's have 12 at most.
    private static let maxNameByteCount = 64

    /// Passes over the whole request once.
    ///
    /// What was found before an error stays.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(ServiceError) {
        var reader = MessagePackReader(bytes: bytes)
        do {
            try reader.nested { reader throws(MessagePackError) in try readMap(from: &reader) }
            try reader.finish()
        } catch {
            throw .malformedRequest(error)
        }
    }

    private mutating func readMap(
        from reader: inout MessagePackReader
    ) throws(MessagePackError) {
        let start = reader.offset
        let count = try reader.readMapHeader()
        guard count <= BridgeRequest.maxFieldCount else {
            throw .invalidValue(
                reason: "\(count) fields, more than \(BridgeRequest.maxFieldCount)", offset: start)
        }
        for _ in 0..<count { try readField(from: &reader) }
    }

    private mutating func readField(
        from reader: inout MessagePackReader
    ) throws(MessagePackError) {
        let start = reader.offset
        let name = try reader.readString()
        guard name.utf8.count <= Self.maxNameByteCount else {
            throw .invalidValue(reason: "a field name that is too long", offset: start)
        }
        guard !hasField(name) else {
            throw .invalidValue(reason: "field \(name.debugDescription) comes twice", offset: start)
        }
        switch name {
        case "v": version = try reader.readInteger()
        case "id": id = try BridgeRequestID(from: &reader)
        case "op": operationName = try reader.readString()
        default:
            values.append((name, reader))
            try reader.skipValue()
        }
    }

    private func hasField(_ name: String) -> Bool {
        switch name {
        case "v": version != nil
        case "id": id != nil
        case "op": operationName != nil
        default: values.contains { $0.name == name }
        }
    }

    /// Reads a field that must be there.
    mutating func required<Value>(
        _ name: String, _ read: (inout MessagePackReader) throws(BridgeFieldError) -> Value
    ) throws(ServiceError) -> Value {
        guard let value = try optional(name, read) else {
            throw .invalidField(name, "is missing")
        }
        return value
    }

    /// Reads a field that may be absent or nil.
    mutating func optional<Value>(
        _ name: String, _ read: (inout MessagePackReader) throws(BridgeFieldError) -> Value
    ) throws(ServiceError) -> Value? {
        guard let index = values.firstIndex(where: { $0.name == name }) else { return nil }
        var reader = values.remove(at: index).reader
        if reader.readIfNil() { return nil }
        do {
            return try read(&reader)
        } catch {
            switch error {
            case .format(let error): throw .invalidField(name, error.description)
            case .refused(let error): throw error
            }
        }
    }

    /// Checks that every field was read: one that is not known might change what is meant.
    func finish(_ operationName: String) throws(ServiceError) {
        guard let first = values.first else { return }
        throw .invalidField(first.name, "is not a field of \(operationName) in protocol version 1")
    }
}

/// Why the value of a field cannot be used.
enum BridgeFieldError: Error {
    /// It is not the MessagePack that was expected.
    case format(MessagePackError)
    /// It is, but not acceptable.
    case refused(ServiceError)
}

extension BridgeRequestID {
    init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        guard try reader.peekKind() == .string else {
            self = .number(try reader.readInteger())
            return
        }
        let text = try reader.readString()
        guard text.utf8.count <= Self.maxTextByteCount else {
            throw .invalidValue(
                reason: "a request id of more than \(Self.maxTextByteCount) bytes", offset: start)
        }
        self = .text(text)
    }

    /// The id of a request that will not be read, at a cost that does not depend on its size.
    ///
    /// - Returns: Nil unless the id stands before all fields but `v` and `op`.
    package init?(peekingAt bytes: UnsafeRawBufferPointer) {
        var reader = MessagePackReader(bytes: bytes)
        // Whatever cannot be read here has no id; the sender learns of the larger problem.
        guard let count = try? reader.readMapHeader() else { return nil }
        for _ in 0..<min(count, 3) {
            if reader.readKey("id") {
                guard let id = try? BridgeRequestID(from: &reader) else { return nil }
                self = id
                return
            }
            guard reader.readKey("v") || reader.readKey("op"),
                let kind = try? reader.peekKind(), kind == .integer || kind == .string,
                (try? reader.skipValue()) != nil
            else { return nil }
        }
        return nil
    }
}

extension ServiceError {
    /// The bytes are no request.
    static func malformedRequest(_ error: MessagePackError) -> ServiceError {
        .invalidArgument("the request cannot be read: \(error)")
    }

    /// A field is not what its operation takes.
    static func invalidField(_ name: String, _ reason: String) -> ServiceError {
        ServiceError(
            .invalidArgument, "field \(name.debugDescription) \(reason)", details: ["field": name])
    }
}
