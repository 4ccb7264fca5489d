/// Unary echo of raw bytes over grpc-swift-2, the gRPC peer of `tools/bench rpc`.
///
/// `server [--window BYTES]` prints its endpoint and ends when its standard input closes;
/// `client ENDPOINT --size N --in-flight K --calls N --warmup N` prints one line of JSON.
@main
enum GRPCEcho {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "server" where arguments.count == 1:
            try await serveUntilInputCloses(windowByteCount: nil)
        case "server" where arguments.count == 3 && arguments[1] == "--window":
            guard let byteCount = Int(arguments[2]), byteCount > 0 else {
                throw UsageError(problem: "--window needs a number of bytes")
            }
            try await serveUntilInputCloses(windowByteCount: byteCount)
        case "client" where arguments.count >= 2:
            let load = try Load(arguments: arguments.dropFirst(2))
            print(try await measure(load, endpoint: arguments[1]).json)
        default:
            throw UsageError(
                problem: "expected 'server' or 'client ENDPOINT …', found \(arguments)")
        }
    }
}

/// A command line that this program does not understand.
struct UsageError: Error {
    let problem: String
}
