import Glibc

/// A TCP connection that sends whatever a test makes up.
final class RawConnection {
    private let descriptor: Int32

    /// Connects with `tcp://127.0.0.1:PORT`.
    init(_ endpoint: String) throws {
        let port = UInt16(endpoint.split(separator: ":").last ?? "") ?? 0
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.refused(port: port) }
    }

    enum Failure: Error {
        case refused(port: UInt16)
    }

    deinit { close(descriptor) }

    /// Sends bytes; that the other end has closed already is no failure.
    func send(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// The greeting of ZMTP 3.1 without security, and the READY command of a DEALER.
    func greet() {
        let mechanism = Array("NULL".utf8) + [UInt8](repeating: 0, count: 16)
        send(
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1] + mechanism
                + [UInt8](repeating: 0, count: 32))
        let ready =
            [5] + Array("READY".utf8) + [11] + Array("Socket-Type".utf8) + [0, 0, 0, 6]
            + Array("DEALER".utf8)
        send([4, UInt8(ready.count)] + ready)
    }

    /// Reads until the other end closes the connection.
    func waitForEnd() {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        while recv(descriptor, &bytes, bytes.count, 0) > 0 {}
    }
}
