import GRPCCore
import GRPCNIOTransportHTTP2Posix

private typealias EchoClient = GRPCClient<HTTP2ClientTransport.Posix>

/// Runs the load against the server at `HOST:PORT`, after the warm-up calls.
func measure(_ load: Load, endpoint: String) async throws -> Measurement {
    let parts = endpoint.split(separator: ":")
    guard parts.count == 2, let port = Int(parts[1]) else {
        throw UsageError(problem: "expected HOST:PORT, found \(endpoint)")
    }
    let transport = try HTTP2ClientTransport.Posix(
        target: .ipv4(address: String(parts[0]), port: port), transportSecurity: .plaintext)
    return try await withGRPCClient(transport: transport) { client in
        let payload = [UInt8]((0..<load.byteCount).map { UInt8(truncatingIfNeeded: $0) })
        _ = try await run(
            max(1, load.warmupCount), of: payload, inFlight: load.inFlightCount, on: client)
        let clock = ContinuousClock()
        let start = clock.now
        let roundTrips = try await run(
            load.callCount, of: payload, inFlight: load.inFlightCount, on: client)
        return Measurement(roundTrips: roundTrips, elapsed: clock.now - start)
    }
}

/// Splits the calls over `inFlightCount` tasks, each of which makes one call after another.
private func run(
    _ callCount: Int, of payload: [UInt8], inFlight inFlightCount: Int, on client: EchoClient
) async throws -> [Duration] {
    try await withThrowingTaskGroup(of: [Duration].self) { group in
        for task in 0..<inFlightCount {
            let share = callCount / inFlightCount + (task < callCount % inFlightCount ? 1 : 0)
            group.addTask { try await roundTrips(share, of: payload, on: client) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
    }
}

private func roundTrips(
    _ callCount: Int, of payload: [UInt8], on client: EchoClient
) async throws -> [Duration] {
    let clock = ContinuousClock()
    var roundTrips: [Duration] = []
    roundTrips.reserveCapacity(callCount)
    for _ in 0..<callCount {
        let start = clock.now
        let reply = try await client.unary(
            request: ClientRequest(message: payload), descriptor: .echo,
            serializer: RawBytes(), deserializer: RawBytes(), options: .defaults
        ) { try $0.message }
        roundTrips.append(clock.now - start)
        precondition(
            reply.count == payload.count,
            "sent \(payload.count) bytes, the echo has \(reply.count)")
    }
    return roundTrips
}
