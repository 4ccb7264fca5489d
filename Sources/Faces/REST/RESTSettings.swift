package import Gateway

/// Where REST is served and within which bounds.
package struct RESTSettings: Sendable {
    /// The address to listen on.
    package var host: String
    /// The port; 0: any that is free.
    package var port: Int
    /// The certificate; nil: plain HTTP.
    package var tls: TLSFiles?
    /// How long a connection may take over things.
    package var timeouts = ConnectionTimeouts()
    /// The most connections.
    package var maxConnectionCount = 4_096
    /// The most requests that a connection may send ahead of their answers.
    package var maxPipelinedRequestCount = 32
    /// The most bytes that bodies under way may have together.
    package var maxBodyByteCount = 512 << 20
    /// The largest head of a request, in bytes.
    package var maxHeadByteCount = 16 << 10
    /// The most fields of a head.
    package var maxHeadFieldCount = 64
    /// The origins whose pages may call; none: browsers keep all others out.
    package var allowedOrigins: [String] = []
    /// The proxies whose `X-Forwarded-For` counts; none: it changes nothing.
    package var trustedProxies = TrustedProxies()

    /// Makes settings.
    package init(host: String = "127.0.0.1", port: Int = 0, tls: TLSFiles? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// Whether only this machine reaches it.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}
