import Dispatch
import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// Replies to each request with its own message.
private struct EchoService: RegistrableRPCService {
    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: .echo, deserializer: RawBytes(), serializer: RawBytes()
        ) { request, _ in
            let single = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: single.message))
        }
    }
}

/// Serves on a free port of the loopback interface and prints `HOST:PORT`.
///
/// The library's window of 64 KiB stalls a request of 1 MB sixteen times, which is what a user of
/// its defaults gets; `windowByteCount` shows what one who sets it gets.
func serveUntilInputCloses(windowByteCount: Int?) async throws {
    let transport = HTTP2ServerTransport.Posix(
        address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext,
        config: .defaults { config in
            if let windowByteCount { config.http2.targetWindowSize = windowByteCount }
        })
    try await withGRPCServer(transport: transport, services: [EchoService()]) { server in
        let address = try await transport.listeningAddress
        guard let ipv4 = address.ipv4 else {
            throw UsageError(problem: "the server listens on \(address), not on IPv4")
        }
        print("\(ipv4.host):\(ipv4.port)")
        // Standard output is a pipe here, which Swift buffers until it is full.
        flushStandardOutput()
        await inputCloses()
    }
}

/// Waits on a thread of its own pool, as reading standard input blocks.
private func inputCloses() async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            while readLine() != nil {}
            continuation.resume()
        }
    }
}
