import ArgumentParser
import Glibc

/// A client of REST on one kept-alive connection, one request at a time.
///
/// Thread safety: one task.
final class RESTCaller {
    private let descriptor: Int32
    private let head: String
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(port: UInt16, key: String, collection: String) throws {
        head = """
            POST /v1/collections/\(collection)/points/get HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Authorization: Bearer \(key)\r
            Content-Type: application/json\r

            """
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) { pointer in
            // A sockaddr_in is passed as the sockaddr that it begins with: the way of the socket API.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size)
            }
        }
        guard connected == 0 else { throw ValidationError("REST cannot be reached at \(port)") }
        var isOn: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(4))
    }

    deinit { close(descriptor) }

    /// Whether the point was answered.
    func get(_ id: UInt64) throws -> Bool {
        let body = "{\"ids\":[\(id)],\"with_vector\":false}"
        let request = Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        guard send(descriptor, request, request.count, 0) == request.count else {
            throw ValidationError("REST has closed the connection")
        }
        return try reply().starts(with: Array("{\"points\":[{\"".utf8))
    }

    /// The body of the answer.
    private func reply() throws -> ArraySlice<UInt8> {
        var count = 0
        while true {
            let read = recv(descriptor, &buffer[count], buffer.count - count, 0)
            guard read > 0 else { throw ValidationError("REST has closed the connection") }
            count += read
            if let body = try body(in: buffer[..<count]) { return body }
        }
    }

    /// The body, once all of it is there.
    private func body(in bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8>? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let body = bytes[end.upperBound...]
        guard head.hasPrefix("http/1.1 200") else {
            throw ValidationError("REST answers \(head) \(String(decoding: body, as: UTF8.self))")
        }
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let count = length?.split(separator: " ").last.flatMap { Int($0) }
        guard let count else { throw ValidationError("REST answers without a length: \(head)") }
        return body.count >= count ? body : nil
    }
}
