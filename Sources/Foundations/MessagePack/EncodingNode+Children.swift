// Values inside of a node's value.
extension EncodingNode {
    /// Writes the whole message, with what was nested out of order put in its place.
    func writeWhole<Value: Encodable>(_ value: Value) throws {
        defer { releaseSplices() }
        try writeSingle(value)
        close()
        if let failure { throw failure }
        guard !splices.isEmpty else { return }
        let flat = MessageBuffer(minimumCapacity: writer.buffer.count - start)
        flatten(into: flat)
        writer.buffer.truncate(to: start)
        flat.withUnsafeBytes { writer.buffer.append($0) }
    }

    /// Writes a child's value by its own `encode(to:)`.
    @inline(never)
    func writeChild<Value: Encodable>(_ value: Value, key: (any CodingKey)?) throws {
        var child = try takeChild(key: key)
        try value.encode(to: child)
        child.close()
        if isKnownUniquelyReferenced(&child) {
            // Nobody kept it: the next child reuses it. It lets go of its parent, because the two
            // would keep each other alive.
            child.parent = nil
            spare = child
        }
    }

    private func takeChild(key: (any CodingKey)?) throws -> EncodingNode {
        if isDeepest { throw tooDeep() }
        let child: EncodingNode
        if let spare {
            self.spare = nil
            spare.parent = self
            spare.shape = .empty
            child = spare
        } else {
            child = EncodingNode(parent: self, writer: writer, ownsBuffer: false, depth: depth + 1)
        }
        child.key = key
        child.index = count - 1
        return child
    }

    // MARK: Splices

    /// A node whose bytes are put here at the end.
    func spliceChild(key: (any CodingKey)?) -> EncodingNode {
        let writer = MessagePackWriter(self.writer, buffer: MessageBuffer())
        if isDeepest {
            // `Codable` lets no error out here: note it, and let the type write into the void. Hung
            // to the root, and as deep as this node, the nodes of an endless type are no chain.
            let root = root
            root.failure = tooDeep()
            return EncodingNode(parent: root, writer: writer, ownsBuffer: true, depth: depth)
        }
        let child = EncodingNode(parent: self, writer: writer, ownsBuffer: true, depth: depth + 1)
        child.key = key
        child.index = count - 1
        bufferOwner.splices.append(Splice(offset: self.writer.buffer.count, node: child))
        return child
    }

    /// The node whose buffer this one writes to.
    var bufferOwner: EncodingNode {
        var node = self
        while !node.ownsBuffer, let parent = node.parent { node = parent }
        return node
    }

    /// Follows the bytes behind `offset`, which were moved.
    func moveSplices(after offset: Int, by distance: Int) {
        for index in splices.indices.reversed() {
            if splices[index].offset <= offset { break }
            splices[index].offset += distance
        }
    }

    /// Appends this buffer's bytes with all splices; `isDeepest` bounds the recursion.
    private func flatten(into flat: MessageBuffer) {
        let bytes = writer.buffer.bytes
        var done = start
        for splice in splices {
            flat.append(UnsafeRawBufferPointer(rebasing: bytes[done..<splice.offset]))
            done = splice.offset
            if splice.node.shape != .closed { splice.node.close() }
            splice.node.flatten(into: flat)
        }
        flat.append(UnsafeRawBufferPointer(rebasing: bytes[done...]))
    }

    /// Lets go of all splices: they and their parents would keep each other alive.
    private func releaseSplices() {
        for splice in splices { splice.node.releaseSplices() }
        splices = []
    }

    // MARK: Depth

    /// Whether a child would be deeper than a reader goes.
    private var isDeepest: Bool { depth + 1 >= MessagePackLimits.depth }

    private func tooDeep() -> EncodingError {
        EncodingError.invalidValue(
            depth,
            EncodingError.Context(
                codingPath: codingPath,
                debugDescription: "values are nested more than \(MessagePackLimits.depth) deep; "
                    + "flatten the message"))
    }
}
