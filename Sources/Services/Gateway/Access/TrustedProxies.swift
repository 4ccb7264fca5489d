package import Primitives

/// Who may say for whom it asks: reverse proxies, by address.
///
/// A proxy adds, to the right of `X-Forwarded-For`, the address that called it. What a client wrote
/// there itself is further left, and counts for nothing: the client is the right-most address that is
/// no proxy.
package struct TrustedProxies: Sendable, Hashable {
    private let blocks: [AddressBlock]
    /// The most proxies behind each other that are looked through.
    private static let maxHopCount = 16

    /// Trusts nobody unless blocks are named.
    package init(_ blocks: [AddressBlock] = []) { self.blocks = blocks }

    /// The client's address.
    ///
    /// - Parameters:
    ///   - peer: Who is connected.
    ///   - forwarded: The values of `X-Forwarded-For`, in their order; not read unless `peer` is trusted.
    /// - Returns: `peer`, if it is no proxy or has not said for whom it asks; behind what is no address,
    ///   the proxy that passed it on.
    package func client(of peer: String, forwarded: [String]) -> String {
        guard isTrusted(IPAddress(peer)) else { return peer }
        var client = peer
        let hops = forwarded.joined(separator: ",").split(
            separator: ",", omittingEmptySubsequences: false)
        for hop in hops.suffix(Self.maxHopCount).reversed() {
            guard let address = Self.address(hop) else { return client }
            client = address.description
            if !isTrusted(address) { return client }
        }
        return client
    }

    private func isTrusted(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return blocks.contains { $0.contains(address) }
    }

    /// An address, with or without a port: `1.2.3.4`, `1.2.3.4:5`, `::1`, `[::1]`, `[::1]:5`.
    private static func address(_ text: Substring) -> IPAddress? {
        let text = text.drop { $0 == " " || $0 == "\t" }
        let word = text.prefix { $0 != " " && $0 != "\t" }
        guard text.dropFirst(word.count).allSatisfy({ $0 == " " || $0 == "\t" }) else { return nil }
        if word.hasPrefix("[") {
            guard let end = word.firstIndex(of: "]") else { return nil }
            let rest = word[word.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            return IPAddress(String(word[word.index(after: word.startIndex)..<end]))
        }
        if let colon = word.firstIndex(of: ":"), isPort(word[colon...]), word.contains(".") {
            return IPAddress(String(word[..<colon]))
        }
        return IPAddress(String(word))
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && UInt16(text.dropFirst()) != nil
    }
}
