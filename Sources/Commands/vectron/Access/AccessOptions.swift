import ArgumentParser
import Foundation

/// How a command of users and keys finds its cluster.
struct AccessOptions: ParsableArguments {
    /// Where `vectron dev` serves REST.
    static let defaultURL = "http://127.0.0.1:7680"

    @Option(help: ArgumentHelp("Where REST is served; also VECTRON_URL.", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("How long one request may take: 500ms, 30s, 5m.", valueName: "time"))
    var timeout = TimeArgument(duration: .seconds(30))

    /// The connection, with the session of `vectron login`.
    func connection() throws -> RESTConnection {
        try RESTConnection(
            url: ClientOptions.value(url, "VECTRON_URL") ?? Self.defaultURL,
            timeout: timeout.duration, file: SessionFile())
    }
}

/// Where a password comes from.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A file whose first line is the password; - is the standard input. Without it the terminal \
            asks.
            """, valueName: "path"))
    var passwordFile: String?
}
