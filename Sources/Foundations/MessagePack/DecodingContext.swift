/// What all nodes of one decoding share: the bytes and the user's information.
final class DecodingContext {
    // Exclusivity is not checked at run time: a decoding is synchronous on one thread, and no
    // access of these fields spans a call into a type's own code, except for a directly decoded
    // type, which is given the reader itself and has no way to reach this context.
    @exclusivity(unchecked) var reader: MessagePackReader
    let userInfo: [CodingUserInfoKey: any Sendable]
    /// How many containers enclose the message itself.
    let depth: Int

    init(reader: MessagePackReader, userInfo: [CodingUserInfoKey: any Sendable]) {
        self.reader = reader
        self.userInfo = userInfo
        depth = reader.depth
    }

    /// Forgets the bytes: every later read fails as at the end of a message.
    func close() {
        reader = MessagePackReader(bytes: UnsafeRawBufferPointer(start: nil, count: 0))
    }
}
