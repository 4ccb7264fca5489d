// LevelDB takes bytes as a pointer to characters, which must not be null even for no bytes.

extension UnsafeRawBufferPointer {
    func withCharacters<Value>(_ body: (UnsafePointer<CChar>, Int) -> Value) -> Value {
        guard let baseAddress, count > 0 else {
            // One byte that nobody reads: the count says that there are none.
            return withUnsafePointer(to: CChar(0)) { body($0, 0) }
        }
        // Both views are bytes of one size and alignment, and the count is the buffer's.
        return body(baseAddress.assumingMemoryBound(to: CChar.self), count)
    }
}

extension [UInt8] {
    func withCharacters<Value>(_ body: (UnsafePointer<CChar>, Int) -> Value) -> Value {
        withUnsafeBytes { $0.withCharacters(body) }
    }
}
