import ArgumentParser
import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The two trivial calls that are compared, by Hummingbird alone.
///
/// Prints its port; a signal ends it.
struct HummingbirdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hummingbird")

    @Option(help: "The key that /v1/identity asks for.") var key: String
    @Option(help: "What /v1/identity answers.") var identity: String

    func run() async throws {
        let router = Router()
        router.get("livez") { _, _ in "ok\n" }
        let (expected, identity) = ("Bearer \(key)", identity)
        router.get("v1/identity") { request, _ in
            guard request.headers[.authorization] == expected else {
                throw HTTPError(.unauthorized)
            }
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: identity)))
        }
        var logger = Logger(label: "hummingbird-bench")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                print(channel.localAddress?.port ?? 0)
                fflush(nil)
            }, logger: logger)
        try await application.runService()
    }
}
