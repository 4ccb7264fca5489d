package import Instrumentation
internal import ServiceContextModule

extension ServiceContext {
    private enum RequestIDKey: ServiceContextKey {
        typealias Value = String
        static let nameOverride: String? = "request.id"
    }

    /// The name of the request for which all this is done, from the face to the last worker.
    package var requestID: String? {
        get { self[RequestIDKey.self] }
        set { self[RequestIDKey.self] = newValue }
    }
}

/// Carries the name of the request in the context of each call between nodes.
///
/// Beside a tracer, not in place of one: `MultiplexInstrument` takes both.
package struct RequestIDInstrument: Instrument {
    /// The key in the calls.
    static let key = "x-request-id"
    /// The longest name, in bytes.
    package static let maxByteCount = 128

    /// Makes an instrument.
    package init() {}

    /// Whether a text may name a request: 1 to 128 of `A-Z a-z 0-9 - _ . : / = +`, so that it can stand in
    /// logs and headers as it is.
    package static func isValid(_ id: String) -> Bool {
        (1...maxByteCount).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
                    UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "+"):
                    true
                default: false
                }
            }
    }

    /// Takes the name from a call, if it is one.
    package func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let id = extractor.extract(key: Self.key, from: carrier), Self.isValid(id) else {
            return
        }
        context.requestID = id
    }

    /// Puts the name into a call.
    package func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let id = context.requestID else { return }
        injector.inject(id, forKey: Self.key, into: &carrier)
    }
}
