internal import HTTPTypes
internal import JSON
internal import Protocols

extension ServiceError {
    /// The status of HTTP that says the same.
    var status: HTTPResponse.Status {
        switch code {
        case .invalidArgument: .badRequest
        case .unauthenticated: .unauthorized
        case .permissionDenied: .forbidden
        case .notFound: .notFound
        case .alreadyExists: .conflict
        case .tooLarge: .contentTooLarge
        case .rateLimited: .tooManyRequests
        case .memoryExhausted: .init(code: 507, reasonPhrase: "Insufficient Storage")
        case .overloaded, .unavailable, .fenced, .notLeader, .epochNotMatch, .sessionExpired:
            .serviceUnavailable
        case .deadlineExceeded: .gatewayTimeout
        case .unknownOutcome: .badGateway
        case .corrupted, .internal: .internalServerError
        }
    }

    /// How many seconds to wait before trying again; nil: trying again is no use, or nobody knows.
    var retryAfter: Int? {
        switch status.code {
        case 429, 503: details["retryAfter"].flatMap { Int($0) } ?? 1
        default: nil
        }
    }

    /// The body of the answer: the one envelope of all errors.
    func json(requestID: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(raw: "{\"error\":{")
        writer.write(field: "code")
        writer.write(code.rawValue)
        writer.write(raw: ",")
        writer.write(field: "message")
        writer.write(code == .internal ? "a mistake of the server; its log has more" : message)
        writer.write(raw: ",")
        writer.write(field: "retryable")
        writer.write(isRetryable)
        writer.write(raw: ",")
        writer.write(field: "details")
        writer.write(raw: "{")
        for (index, detail) in details.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { writer.write(raw: ",") }
            writer.write(detail.key)
            writer.write(raw: ":")
            writer.write(detail.value)
        }
        writer.write(raw: "},")
        writer.write(field: "request_id")
        writer.write(requestID)
        writer.write(raw: "}}")
        return writer.bytes
    }
}
