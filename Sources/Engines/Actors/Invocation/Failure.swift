internal import MessagePack

/// Why a request has no value, as it travels.
enum FailureCode: UInt8, Sendable {
    /// The callee threw an error that travels as its own type.
    case typedError = 1
    /// The callee threw an error that does not.
    case untypedError = 2
    /// The callee was cancelled.
    case cancelled = 3
    case unknownActor = 4
    case targetRefused = 5
    case malformedInvocation = 6
    case overloaded = 7
    /// The callee's value cannot be sent.
    case unsendableReply = 8
    /// The deadline had passed before the callee began.
    case deadlineExceeded = 9
    /// The deadline passed while the callee ran, and ended it.
    case expired = 10
    /// The callee's node shuts down, which ended it.
    case shutDown = 11
}

/// A failure as read from the wire; the error's value is decoded later, as the type it names.
struct Failure {
    var code: FailureCode
    var typeName: String?
    var text: String

    /// Writes a failure; `error` follows as the value if it can travel.
    static func encode(
        call: CallID, code: FailureCode, error: (any Error & Codable)?, text: String,
        userInfo: [CodingUserInfoKey: any Sendable], to writer: inout MessagePackWriter
    ) {
        writer.writeArrayHeader(count: 6)
        writer.write(EnvelopeKind.failure.rawValue)
        writer.write(call)
        writer.write(code.rawValue)
        if let error, let encoded = try? MessagePackEncoder(userInfo: userInfo).encode(error) {
            writer.write(errorTypeName(type(of: error)))
            writer.write(encoded: encoded.bytes)
        } else {
            // An error that cannot be encoded travels as its text.
            writer.writeNil()
            writer.writeNil()
        }
        writer.write(text)
    }
}

/// The name under which an error type travels: the same in every process.
func errorTypeName(_ type: any Any.Type) -> String { String(reflecting: type) }
