internal import Glibc

/// Where a client is, as limits by address see it: an IPv4 address, or the 64 bits of an IPv6 address
/// that one customer is given.
package struct ClientAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address in full, for logs.
    package let description: String
    /// What limits go by.
    package let network: String

    /// Makes an address of an IP address in text, or of anything else that names a client.
    package init(_ text: String) {
        description = String(text.prefix(64))
        network = Self.network(of: description)
    }

    /// Makes the address of a client that has shown it owns a key of that name: limits go by the key,
    /// wherever it is used.
    package init(_ text: String, ownerOfKey name: String) {
        description = "\(text.prefix(64)) key:\(name.prefix(64))"
        network = "key:\(name)"
    }

    private static func network(of text: String) -> String {
        var address = in6_addr()
        guard text.contains(":"), inet_pton(AF_INET6, text, &address) == 1 else { return text }
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        // IPv4 in IPv6.
        if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
            return bytes.suffix(4).map(String.init).joined(separator: ".")
        }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
}
