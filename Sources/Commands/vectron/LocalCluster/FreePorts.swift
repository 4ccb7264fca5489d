import Actors
import Cluster
import Foundation

/// Ports of loopback that nobody listens on.
enum FreePorts {
    /// Puts every TCP endpoint of a file on a free port.
    static func choose(for file: inout ClusterFile) throws {
        var sockets: [Int32] = []
        // Held until all are chosen, so that they differ.
        defer { for socket in sockets { close(socket) } }
        func free(_ endpoint: Endpoint) throws -> Endpoint {
            guard endpoint.rawValue.hasPrefix("tcp://") else { return endpoint }
            let (socket, port) = try bindFreePort()
            sockets.append(socket)
            return Endpoint(rawValue: "tcp://127.0.0.1:\(port)")
        }
        for index in file.nodes.indices {
            file.nodes[index].endpoint = try free(file.nodes[index].endpoint)
            file.nodes[index].bridge = try file.nodes[index].bridge.map { try free($0) }
        }
    }

    private static func bindFreePort() throws -> (socket: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            // A sockaddr_in is passed as the sockaddr that it begins with: the way of the socket API.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) | getsockname(descriptor, pointer, &length)
            }
        }
        guard descriptor >= 0, code == 0 else {
            throw CommandError("no free port: \(String(cString: strerror(errno)))")
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
