import Telemetry
import Testing

@Suite struct `The name of a request` {
    @Test(arguments: ["a", "018f-AB_c.d:e/f=+", String(repeating: "x", count: 128)])
    func `may be this`(id: String) { #expect(RequestIDInstrument.isValid(id)) }

    @Test(arguments: ["", " ", "a b", "a\nb", "ä", "\"", "a\\", String(repeating: "x", count: 129)])
    func `may not be this`(id: String) { #expect(!RequestIDInstrument.isValid(id)) }
}
