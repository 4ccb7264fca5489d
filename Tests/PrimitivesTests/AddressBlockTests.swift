import Primitives
import Testing

@Suite struct `A block of addresses` {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0/0", "1.2.3.4", true),
        ("0.0.0.0/0", "::1", false), ("::/0", "1.2.3.4", true), ("fd00::/8", "fdff::1", true),
        ("fd00::/8", "fe00::1", false), ("2001:db8::/65", "2001:db8::1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("10.1.0.0/15", "10.0.0.1", false),
        ("10.2.0.0/15", "10.3.9.9", true), ("10.2.0.0/15", "10.4.0.0", false),
    ])
    func `has the addresses that begin as it does`(block: String, address: String, has: Bool) {
        guard let address = IPAddress(address) else {
            Issue.record("\(address) was not read")
            return
        }
        // The bits beyond the prefix have to be 0, so that a slip of the pen is told.
        guard block != "10.1.0.0/15" else {
            #expect(AddressBlock(block) == nil)
            return
        }
        #expect(AddressBlock(block)?.contains(address) == has)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
        "10.0.0.1/8", "10.0.0", "localhost", "::1/129", "::g", "fe80::1%eth0", "1.2.3.4:5", "*",
        "10.0.0.0/٨", "10.0.0.0/99999999999999999999",
    ])
    func `is not made of anything else`(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test(arguments: ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8", "::1/128", "::/0", "0.0.0.0/0"])
    func `is written as it is read`(text: String) {
        #expect(AddressBlock(text)?.description == text)
    }
}
