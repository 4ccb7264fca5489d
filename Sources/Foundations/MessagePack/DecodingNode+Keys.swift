extension DecodingNode {
    /// Where a key's value is, and whether the key was the next in the bytes.
    struct Place {
        let valueOffset: Int
        let isNext: Bool
    }

    /// Finds `key`, or returns nil.
    @inline(__always)
    func find(_ key: String) throws(MessagePackError) -> Place? {
        var key = key
        if scannedCount < count, entries.isEmpty {
            context.reader.position = scannedOffset
            if key.withUTF8({ context.reader.readKey(UnsafeRawBufferPointer($0)) }) {
                return Place(valueOffset: context.reader.position, isNext: true)
            }
        }
        return try findElsewhere(key)
    }

    @inline(never)
    private func findElsewhere(_ key: String) throws(MessagePackError) -> Place? {
        if entries.isEmpty {
            if count == 0 { return nil }
            try index()
        }
        var key = key
        return key.withUTF8 { findIndexed(UnsafeRawBufferPointer($0)) }
    }

    /// Passes over the whole map once and notes where its keys are.
    @inline(never)
    private func index() throws(MessagePackError) {
        var found: [Entry] = []
        swap(&found, &entries)
        // Each entry takes two bytes at least, so this is a constant times what is there.
        found.reserveCapacity(min(count, MessagePackLimits.reservedElements))
        var offset = scannedOffsetOfFirst
        for _ in 0..<count {
            context.reader.position = offset
            let keyEnd: Int
            let length: Int
            if try context.reader.peekKind() == .string {
                length = try context.reader.readStringBytes().count
                keyEnd = context.reader.position
            } else {
                length = -1
                keyEnd = try skip(at: offset)
            }
            offset = try skip(at: keyEnd)
            let keyOffset = keyEnd - max(length, 0)
            found.append(Entry(keyOffset: keyOffset, keyLength: length, valueOffset: keyEnd))
        }
        entries = found
        hint = scannedCount
        scannedCount = count
        scannedOffset = offset
    }

    /// Searches the keys from the last hit on, and then those before it.
    private func findIndexed(_ key: UnsafeRawBufferPointer) -> Place? {
        entries.withUnsafeBufferPointer { entries in
            var position = hint < entries.count ? hint : 0
            for _ in 0..<entries.count {
                let entry = entries[position]
                position = position + 1 == entries.count ? 0 : position + 1
                if entry.keyLength == key.count, equal(text(of: entry), key) {
                    hint = position
                    return Place(valueOffset: entry.valueOffset, isNext: false)
                }
            }
            return nil
        }
    }

    /// The bytes of an entry's key, which were inside of the input when it was indexed; none when
    /// the decoding is over.
    private func text(of entry: Entry) -> UnsafeRawBufferPointer {
        let reader = context.reader
        guard entry.keyLength >= 0, entry.valueOffset <= reader.end else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(
            start: reader.start + entry.keyOffset, count: entry.keyLength)
    }

    @inline(__always)
    private func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let start = left.baseAddress, let other = right.baseAddress else { return true }
        return context.reader.equal(start, other, left.count)
    }

    /// The keys in order, as text; keys that are not strings, or not UTF-8, are left out.
    func keys() throws(MessagePackError) -> [String] {
        if entries.isEmpty && count > 0 { try index() }
        // Types that ask for all keys then ask for their values in this order.
        hint = 0
        return entries.compactMap { entry in
            entry.keyLength < 0 ? nil : String(validating: text(of: entry), as: UTF8.self)
        }
    }
}
