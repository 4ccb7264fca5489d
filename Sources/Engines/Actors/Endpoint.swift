/// Where a node listens: `tcp://host:port`, `ipc://path`, or a name in an ``InMemoryNetwork``.
public struct Endpoint: Hashable, Sendable, RawRepresentable {
    /// The text as libzmq takes it.
    public let rawValue: String

    /// Makes an endpoint of text that ``init(validating:)`` would accept.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Makes an endpoint, or throws an error that says how one is written.
    public init(validating text: String) throws(ActorSystemError) {
        let ok: Bool
        if text.hasPrefix("tcp://") {
            let address = text.dropFirst("tcp://".count)
            if let colon = address.lastIndex(of: ":") {
                let port = address[address.index(after: colon)...]
                ok = colon > address.startIndex && (port == "*" || UInt16(port) != nil)
            } else {
                ok = false
            }
        } else if text.hasPrefix("ipc://") {
            // The path goes into a `sockaddr_un`, which holds 107 bytes.
            ok = (1...107).contains(text.utf8.count - "ipc://".count)
        } else {
            ok = text.hasPrefix("memory://") && text.utf8.count > "memory://".count
        }
        guard ok else {
            throw .invalidSettings(
                """
                \(text.debugDescription) is no endpoint; write tcp://HOST:PORT, \
                or ipc://PATH with a path of at most 107 bytes
                """)
        }
        rawValue = text
    }
}

extension Endpoint: ExpressibleByStringLiteral, CustomStringConvertible {
    /// Makes an endpoint of a literal.
    public init(stringLiteral value: String) { rawValue = value }
    /// The text.
    public var description: String { rawValue }
}
