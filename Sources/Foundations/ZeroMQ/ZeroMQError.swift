internal import CZeroMQ

#if canImport(Glibc)
    internal import Glibc
#endif

/// What libzmq refused to do, and its reason.
public struct ZeroMQError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call that failed, `zmq_bind` and so on.
    public let call: StaticString
    /// What it was about: an endpoint, an option.
    public let subject: String
    /// The error number, as `errno` gives it.
    public let number: Int32

    init(_ call: StaticString, _ subject: String = "") {
        self.call = call
        self.subject = subject
        self.number = zmq_errno()
    }

    /// By call, subject and number.
    public static func == (left: ZeroMQError, right: ZeroMQError) -> Bool {
        left.number == right.number && left.subject == right.subject
            && left.call.description == right.call.description
    }

    /// Whether another socket is bound to the endpoint.
    public var isAddressInUse: Bool { number == EADDRINUSE }

    /// What happened, to what, and why.
    public var description: String {
        let about = subject.isEmpty ? "" : " \(subject)"
        return "\(call)\(about): \(String(cString: zmq_strerror(number)))"
    }
}
