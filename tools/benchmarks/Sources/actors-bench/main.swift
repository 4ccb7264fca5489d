// Measures calls of a distributed actor between two processes; `run-rpc` drives it.
//
//     actors-bench server [--curve]
//     actors-bench client ENDPOINT --size N --in-flight K --calls N --warmup N
//                  [--payload bytes|floats|data] [--curve]

import Actors
import Distributed
import EchoContract
import FoundationEssentials
import Glibc
import Logging
import ZeroMQ

let arguments = Array(CommandLine.arguments.dropFirst())

func option(_ name: String) -> String? {
    guard let index = arguments.firstIndex(of: "--" + name), index + 1 < arguments.count else {
        return nil
    }
    return arguments[index + 1]
}

func number(_ name: String, _ fallback: Int) -> Int { option(name).flatMap { Int($0) } ?? fallback }

func environment(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

/// The keys of this end and the one key that it accepts; they come by the environment.
func security(own secret: String, of other: NodeID, key: String) -> ClusterActorSystem.Security? {
    guard arguments.contains("--curve") else { return nil }
    guard let keys = CurveKeyPair(secretKey: environment(secret)),
        let peer = CurvePublicKey(text: environment(key))
    else { fatalError("--curve needs the keys of \(secret) and \(key) in the environment") }
    return .init(keys: keys, peers: [other: peer])
}

/// Peers come and go between measurements; only what is wrong is worth a line.
var logger = Logger(label: "actors-bench")
logger.logLevel = .error

switch arguments.first {
case "server":
    let system = try ClusterActorSystem(
        .init(
            node: "server", clusterID: "bench", endpoint: "tcp://127.0.0.1:*",
            security: security(
                own: "RPC_BENCH_CURVE_SECRET_KEY", of: "client",
                key: "RPC_BENCH_CURVE_CLIENT_PUBLIC_KEY"), logger: logger))
    try system.start()
    Echo.allow(on: system)
    let echo = system.host("echo") { Echo(actorSystem: $0) }
    print(system.endpoint?.rawValue ?? "")
    fflush(nil)
    while readLine() != nil {}
    await system.shutdown()
    withExtendedLifetime(echo) {}

case "client" where arguments.count > 1:
    let system = try ClusterActorSystem(
        .init(
            node: "client", clusterID: "bench",
            security: security(
                own: "RPC_BENCH_CURVE_CLIENT_SECRET_KEY", of: "server",
                key: "RPC_BENCH_CURVE_PUBLIC_KEY"), logger: logger))
    try system.start()
    system.setEndpoint(Endpoint(rawValue: arguments[1]), of: "server")
    let echo = try $EchoService.resolve(
        id: ActorID(node: "server", name: "echo"), using: system)
    let size = number("size", 16)
    let inFlight = number("in-flight", 1)
    let calls = number("calls", 10_000)
    let warmup = number("warmup", 1_000)

    let call: @Sendable () async throws -> Int
    switch option("payload") ?? "bytes" {
    case "floats":
        let value = [Float](repeating: 0.5, count: size / 4)
        call = { try await echo.floats(value).count * 4 }
    case "data":
        let value = Data(repeating: 7, count: size)
        call = { try await echo.data(value).count }
    default:
        let value = [UInt8](repeating: 7, count: size)
        call = { try await echo.bytes(value).count }
    }

    /// Calls `count` times, `inFlight` at once, and returns each call's duration.
    @Sendable func run(_ count: Int) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for lane in 0..<inFlight {
                let share = count / inFlight + (lane < count % inFlight ? 1 : 0)
                group.addTask {
                    var durations: [Double] = []
                    durations.reserveCapacity(share)
                    let clock = ContinuousClock()
                    for _ in 0..<share {
                        let start = clock.now
                        guard try await call() == size else { fatalError("not what was sent") }
                        durations.append(start.duration(to: clock.now) / .microseconds(1))
                    }
                    return durations
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    _ = try await run(warmup)
    let clock = ContinuousClock()
    let start = clock.now
    let durations = try await run(calls).sorted()
    let seconds = start.duration(to: clock.now) / .seconds(1)
    func percentile(_ share: Double) -> Double {
        durations[min(durations.count - 1, Int(share * Double(durations.count)))]
    }
    print(
        """
        {"p50_us":\(percentile(0.5)),"p99_us":\(percentile(0.99)),\
        "calls_per_second":\(Double(calls) / seconds)}
        """)
    await system.shutdown()

default:
    print("usage: actors-bench server | client ENDPOINT --size N --in-flight K --calls N")
    exit(2)
}
