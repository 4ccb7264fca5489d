/// The place of one value in the output: an `Encoder`, and the state of the containers it gave out.
///
/// ```
/// map or array of the node:   header | entry | entry | …       in the parent's buffer
///                             ^ headerOffset
/// ```
///
/// `Codable` does not say how many entries a container will have: the header is written for none
/// and corrected with each entry. It is one byte up to 15 entries, which is what most types have;
/// the 16th and the 65,536th make room for a longer one, so the bytes are always the smallest form.
///
/// Values nest strictly when they are encoded by `encode(_:forKey:)`: their nodes write straight to
/// the parent's buffer. Containers from `nestedContainer` and `superEncoder` may be written to in
/// any order: their nodes write to buffers of their own, which are spliced in at the end.
///
/// Invariant: `splices` are in order of their offsets; only a node that `ownsBuffer` has any.
final class EncodingNode: Encoder {
    enum Shape {
        case empty, single, keyed, unkeyed, closed
    }

    /// A nested node's bytes belong at `offset` of the buffer.
    struct Splice {
        var offset: Int
        let node: EncodingNode
    }

    let writer: MessagePackWriter
    // Exclusivity of these fields is not checked at run time: a node is used by one call at a time
    // (`Codable` is synchronous) and no access spans a call into a type's own code.
    @exclusivity(unchecked) var shape = Shape.empty
    @exclusivity(unchecked) var headerOffset = 0
    @exclusivity(unchecked) var count = 0
    @exclusivity(unchecked) var parent: EncodingNode?
    /// The key in the parent; nil for an element of an unkeyed container, which has an index.
    @exclusivity(unchecked) var key: (any CodingKey)?
    @exclusivity(unchecked) var index = 0
    /// A child that is done, to be used again.
    @exclusivity(unchecked) var spare: EncodingNode?
    @exclusivity(unchecked) var splices: [Splice] = []
    /// Why the message cannot be written, noted at the root where `Codable` allows no throwing.
    @exclusivity(unchecked) var failure: EncodingError?
    private let rootInfo: [CodingUserInfoKey: any Sendable]
    let depth: Int
    let ownsBuffer: Bool
    /// Where the message begins in the buffer.
    let start: Int

    /// Creates the node of a whole message.
    init(writer: MessagePackWriter, userInfo: [CodingUserInfoKey: any Sendable]) {
        self.writer = writer
        rootInfo = userInfo
        depth = 0
        ownsBuffer = true
        start = writer.buffer.count
    }

    init(parent: EncodingNode, writer: MessagePackWriter, ownsBuffer: Bool, depth: Int) {
        self.writer = writer
        self.parent = parent
        rootInfo = [:]
        self.depth = depth
        self.ownsBuffer = ownsBuffer
        start = 0
    }

    // MARK: Encoder

    var userInfo: [CodingUserInfoKey: Any] { root.rootInfo }

    var root: EncodingNode {
        var node = self
        while let parent = node.parent { node = parent }
        return node
    }

    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var node = self
        while let parent = node.parent {
            path.append(node.key ?? PathKey(index: node.index))
            node = parent
        }
        return path.reversed()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        open(.keyed)
        return KeyedEncodingContainer(KeyedEncoding<Key>(node: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        open(.unkeyed)
        return UnkeyedEncoding(node: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleValueEncoding(node: self)
    }

    // MARK: Containers

    /// Begins a container, or continues the one that was begun.
    private func open(_ shape: Shape) {
        if self.shape == shape { return }
        precondition(
            self.shape == .empty,
            "a value asked for a \(shape) container after it was \(self.shape)")
        self.shape = shape
        headerOffset = writer.buffer.count
        count = 0
        if shape == .keyed {
            writer.writeMapHeader(count: 0)
        } else {
            writer.writeArrayHeader(count: 0)
        }
    }

    /// Notes that the node's single value follows.
    @inline(__always)
    func beginSingle() {
        precondition(shape == .empty, "a single value was written after the node was \(shape)")
        shape = .single
    }

    /// Writes a key; its value must follow.
    @inline(__always)
    func beginEntry(_ key: String) {
        beginEntry()
        writer.write(key)
    }

    /// Counts an entry; its content must follow.
    @inline(__always)
    func beginEntry() {
        precondition(shape == .keyed || shape == .unkeyed, "a container was used after its value")
        count += 1
        if count < 16 {
            let empty: UInt8 = shape == .keyed ? 0x80 : 0x90
            writer.overwrite(empty | UInt8(truncatingIfNeeded: count), at: headerOffset)
        } else {
            writeLongHeader()
        }
    }

    @inline(never)
    private func writeLongHeader() {
        let buffer = writer.buffer
        if count == 16 || count == 65_536 {
            // From one byte to three; from three to five.
            buffer.insertGap(of: 2, at: headerOffset + 1)
            bufferOwner.moveSplices(after: headerOffset, by: 2)
        }
        let bits = UInt32(count)
        if count < 65_536 {
            buffer.overwrite(shape == .keyed ? 0xde : 0xdc, at: headerOffset)
            buffer.overwrite(UInt8(truncatingIfNeeded: bits >> 8), at: headerOffset + 1)
            buffer.overwrite(UInt8(truncatingIfNeeded: bits), at: headerOffset + 2)
        } else {
            buffer.overwrite(shape == .keyed ? 0xdf : 0xdd, at: headerOffset)
            buffer.overwrite(bigEndian: bits, at: headerOffset + 1)
        }
    }

    /// A value that writes nothing is an empty map, like a type without properties.
    func close() {
        if shape == .empty { writer.writeMapHeader(count: 0) }
        shape = .closed
    }
}
