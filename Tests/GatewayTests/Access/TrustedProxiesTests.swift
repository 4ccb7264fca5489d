import Gateway
import Primitives
import Testing

@Suite struct `The client behind proxies` {
    private let proxies = TrustedProxies(
        ["10.0.0.0/8", "::1"].compactMap { AddressBlock($0) })

    @Test(arguments: [
        // Nobody who is no proxy is believed.
        ("192.0.2.1", ["1.2.3.4"], "192.0.2.1"), ("local", ["1.2.3.4"], "local"),
        // The right-most that is no proxy: what the client wrote is further left.
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        // A client that calls itself a proxy only gets as far as what the proxy saw.
        ("10.0.0.1", ["10.0.0.9, 1.2.3.4"], "1.2.3.4"),
        // Said nothing, or nothing that is an address.
        ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["1.2.3.4, "], "10.0.0.1"),
        // All of them proxies: the first.
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        // The ways to write an address.
        ("::1", ["1.2.3.4:5678"], "1.2.3.4"), ("::1", ["[2001:db8::1]:80"], "2001:db8::1"),
        ("::1", ["[2001:db8::1]"], "2001:db8::1"), ("::1", ["2001:DB8:0::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"), ("::1", ["::ffff:1.2.3.4"], "1.2.3.4"),
        ("::1", ["[2001:db8::1]x"], "::1"), ("::1", ["1.2.3.4 5"], "::1"),
    ])
    func `is the right-most address that is none`(
        peer: String, forwarded: [String], client: String
    ) {
        #expect(proxies.client(of: peer, forwarded: forwarded) == client)
    }

    @Test func `is who is connected unless proxies are named`() {
        #expect(TrustedProxies().client(of: "10.0.0.1", forwarded: ["1.2.3.4"]) == "10.0.0.1")
    }

    @Test func `is looked for through so many of them`() {
        let hops = (0..<10_000).map { _ in "10.0.0.2" }.joined(separator: ",")
        #expect(proxies.client(of: "10.0.0.1", forwarded: ["1.2.3.4," + hops]) == "10.0.0.2")
    }
}
