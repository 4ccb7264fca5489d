import Foundation
import FoundationNetworking
import Protocols

/// The control plane of a cluster with users, by REST.
struct RESTConnection {
    /// Where REST is served, without a slash at the end.
    let url: String
    private let timeout: Duration
    private let file: SessionFile

    init(url: String, timeout: Duration, file: SessionFile) throws {
        guard let parsed = URL(string: url), let host = parsed.host,
            parsed.scheme == "http" || parsed.scheme == "https"
        else { throw CommandError("\(url) is no address of REST; give http://HOST:PORT") }
        guard parsed.scheme == "https" || ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
        else {
            throw CommandError(
                "passwords and tokens do not travel unencrypted; use https, not \(url)")
        }
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.timeout = timeout
        self.file = file
    }

    // MARK: Sessions

    /// Begins a session and keeps it.
    func logIn(name: String, password: String) async throws {
        let answer = try await send(
            "POST", ["v1", "sessions"],
            .object(["name": .string(name), "password": .string(password)]), token: nil)
        try file.save(Session(url: url, user: name, answer: answer))
    }

    /// Ends the session, also where the server cannot be told.
    ///
    /// - Returns: Whether there was one.
    func logOut() async throws -> Bool {
        guard let session = try file.load(), session.url == url else { return false }
        try file.remove()
        _ = try await send(
            "POST", ["v1", "sessions", "logout"],
            .object(["refresh_token": .string(session.refreshToken)]), token: nil)
        return true
    }

    /// The access token of the session, a new one if it is about to expire.
    private func accessToken() async throws -> String {
        guard let session = try file.load(), session.url == url else {
            throw CommandError("nobody is logged in at \(url); say \"vectron login NAME\"")
        }
        guard session.accessExpiresAt <= Date.now.timeIntervalSince1970 + Session.margin else {
            return session.accessToken
        }
        // Of two commands that refresh at once one loses its session, since a refresh token is good once.
        let answer = try await send(
            "POST", ["v1", "sessions", "refresh"],
            .object(["refresh_token": .string(session.refreshToken)]), token: nil)
        let next = try Session(url: url, user: session.user, answer: answer)
        try file.save(next)
        return next.accessToken
    }

    // MARK: Requests

    /// The answer to a request of whoever is logged in.
    ///
    /// - Parameter path: The parts of the path, which need no escapes yet.
    func ask(
        _ method: String, _ path: [String], query: [String: String] = [:], _ body: JSONValue? = nil
    ) async throws -> JSONValue {
        try await send(method, path, query: query, body, token: try await accessToken())
    }

    /// The answer to a request.
    func send(
        _ method: String, _ path: [String], query: [String: String] = [:], _ body: JSONValue?,
        token: String?
    ) async throws -> JSONValue {
        var address = url
        for part in path { address += "/" + Self.escaped(part) }
        for (index, (name, value)) in query.sorted(by: { $0.key < $1.key }).enumerated() {
            address += (index == 0 ? "?" : "&") + "\(name)=\(Self.escaped(value))"
        }
        guard let target = URL(string: address) else {
            throw CommandError("\(address) is no address")
        }
        var request = URLRequest(url: target)
        request.httpMethod = method
        request.timeoutInterval = timeout / .seconds(1)
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if let body {
            request.httpBody = Data(body.text.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response): (Data, URLResponse)
        do {
            (data, response) = try await URLSession.shared.data(for: request)
        } catch {
            throw CommandError(
                """
                REST does not answer at \(url): \(error.localizedDescription); start "vectron dev \
                --auth", or name another address with --url
                """)
        }
        let answer = try JSONValue(
            text: data.isEmpty ? "{}" : String(decoding: data, as: UTF8.self),
            of: "the answer of \(url)")
        guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else {
            let error = answer.members["error"] ?? answer
            throw CommandError(
                error.members["message"]?.display ?? "\(url) answered \(answer.text)")
        }
        return answer
    }

    private static func escaped(_ text: String) -> String {
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~.")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
