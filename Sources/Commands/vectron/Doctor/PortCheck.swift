import Actors
import Cluster
import Foundation

/// Whether somebody else listens where nodes are to listen.
enum PortCheck {
    /// What is taken by others, of the ports of nodes that do not answer.
    ///
    /// - Parameter answering: Nodes that run: what they listen on is theirs.
    static func diagnoses(of file: ClusterFile, answering: Set<String>) -> [Diagnosis] {
        let listeners = file.listeners.filter { !answering.contains($0.node.name) }
        let taken = listeners.filter { listener in
            guard let (host, port) = listener.endpoint.hostAndPort else { return false }
            return isTaken(host: host, port: port)
        }
        guard !taken.isEmpty else {
            return [.ok("ports", "nobody else listens on those of this cluster, on this machine")]
        }
        return taken.map { listener in
            .fail(
                "ports",
                "somebody listens on \(listener.endpoint), which is \(listener.node.name)'s",
                do: "stop that (see ss -ltnp), or give the node another port")
        }
    }

    /// Tries to listen there for a moment; an address of another machine is nobody's here.
    private static func isTaken(host: String, port: Int) -> Bool {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host == "*" ? nil : host, "\(port)", &hints, &list) == 0 else {
            return false
        }
        defer { freeaddrinfo(list) }
        var next = list
        while let address = next?.pointee {
            defer { next = address.ai_next }
            let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            // As libzmq does: connections that are being closed take no port.
            var one: Int32 = 1
            setsockopt(
                descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            if bind(descriptor, address.ai_addr, address.ai_addrlen) != 0
                ? errno == EADDRINUSE : listen(descriptor, 1) != 0 && errno == EADDRINUSE
            {
                return true
            }
        }
        return false
    }
}
