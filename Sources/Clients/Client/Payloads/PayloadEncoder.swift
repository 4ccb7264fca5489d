import Protocols

/// Makes the payload of any `Encodable`, without a detour over JSON text.
///
/// The value has to become a JSON object. A property that is nil is left out if its type leaves it out,
/// as those that the compiler writes do.
struct PayloadEncoder: Encoder {
    private let node: Node
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private init(_ node: Node, _ codingPath: [any CodingKey]) {
        self.node = node
        self.codingPath = codingPath
    }

    /// The payload that a value is.
    ///
    /// - Throws: `EncodingError`, or what the value's own coding throws.
    static func payload(of value: some Encodable) throws -> Payload {
        let encoded = try Node(value, at: []).value
        guard case .object(let payload) = encoded else {
            throw EncodingError.invalidValue(
                value,
                .init(
                    codingPath: [],
                    debugDescription:
                        "it becomes \(encoded.kind), and a payload is an object; wrap it in a struct"
                ))
        }
        return payload
    }

    func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.beginObject()
        return KeyedEncodingContainer(Keyed(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.beginArray()
        return Unkeyed(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        Single(node: node, codingPath: codingPath)
    }
}

extension PayloadEncoder {
    /// A value that grows: a container that was handed out adds to it at any time.
    private final class Node {
        private enum Content {
            case value(JSONValue)
            case array([Node])
            case object([String: Node])
        }

        /// An encoder that writes nothing has written an empty object, as in `JSONEncoder`.
        private var content = Content.object([:])

        init() {}

        init(_ value: some Encodable, at path: [any CodingKey]) throws {
            try set(value, at: path)
        }

        var value: JSONValue {
            switch content {
            case .value(let value): value
            case .array(let nodes): .array(nodes.map(\.value))
            case .object(let nodes): .object(nodes.mapValues(\.value))
            }
        }

        var count: Int {
            if case .array(let nodes) = content { nodes.count } else { 0 }
        }

        func set(_ value: some Encodable, at path: [any CodingKey]) throws {
            guard let scalar = value as? any PayloadScalar else {
                guard path.count <= Payload.maxDepth else {
                    throw EncodingError.invalidValue(
                        value,
                        .init(
                            codingPath: path,
                            debugDescription:
                                "it is nested more than \(Payload.maxDepth) levels deep")
                    )
                }
                return try value.encode(to: PayloadEncoder(self, path))
            }
            do throws(PayloadMismatch) {
                content = .value(try scalar.jsonValue())
            } catch {
                throw EncodingError.invalidValue(
                    value, .init(codingPath: path, debugDescription: error.reason))
            }
        }

        func setNull() { content = .value(.null) }

        func beginObject() {
            if case .object = content { return }
            content = .object([:])
        }

        func beginArray() {
            if case .array = content { return }
            content = .array([])
        }

        func add(_ node: Node, under key: String) {
            guard case .object(var nodes) = content else {
                preconditionFailure("\(key) is written into what is no object any more")
            }
            content = .object([:])  // The dictionary is not copied.
            nodes[key] = node
            content = .object(nodes)
        }

        func append(_ node: Node) {
            guard case .array(var nodes) = content else {
                preconditionFailure("an element is written into what is no array any more")
            }
            content = .array([])  // The array is not copied.
            nodes.append(node)
            content = .array(nodes)
        }
    }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let node: Node
        let codingPath: [any CodingKey]

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            node.add(try Node(value, at: codingPath + [key]), under: key.stringValue)
        }

        func encodeNil(forKey key: Key) {
            let null = Node()
            null.setNull()
            node.add(null, under: key.stringValue)
        }

        private func child(_ key: any CodingKey) -> PayloadEncoder {
            let child = Node()
            node.add(child, under: key.stringValue)
            return PayloadEncoder(child, codingPath + [key])
        }

        func nestedContainer<NestedKey>(
            keyedBy type: NestedKey.Type, forKey key: Key
        ) -> KeyedEncodingContainer<NestedKey> {
            child(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            child(key).unkeyedContainer()
        }

        func superEncoder() -> any Encoder { child(PayloadSuperKey.super) }
        func superEncoder(forKey key: Key) -> any Encoder { child(key) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let node: Node
        let codingPath: [any CodingKey]
        var count: Int { node.count }

        func encode<Value: Encodable>(_ value: Value) throws {
            node.append(try Node(value, at: codingPath + [PayloadIndex(count)]))
        }

        func encodeNil() {
            let null = Node()
            null.setNull()
            node.append(null)
        }

        private func child() -> PayloadEncoder {
            let path = codingPath + [PayloadIndex(count)]
            let child = Node()
            node.append(child)
            return PayloadEncoder(child, path)
        }

        func nestedContainer<NestedKey>(
            keyedBy type: NestedKey.Type
        ) -> KeyedEncodingContainer<NestedKey> {
            child().container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }
        func superEncoder() -> any Encoder { child() }
    }

    private struct Single: SingleValueEncodingContainer {
        let node: Node
        let codingPath: [any CodingKey]

        func encode<Value: Encodable>(_ value: Value) throws { try node.set(value, at: codingPath) }
        func encodeNil() { node.setNull() }
    }
}
