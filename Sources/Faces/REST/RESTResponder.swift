internal import Gateway
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Protocols
internal import Synchronization
internal import Telemetry

/// What a request comes with: its connection.
struct RESTContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Answers requests by the table of routes: who asks is known and allowed before a byte of the body is
/// read.
struct RESTResponder<Backend: GatewayService>: HTTPResponder {
    typealias Context = RESTContext

    let gateway: GuardedGateway<Backend>
    let settings: RESTSettings
    let registry: PrometheusRegistry?
    let budget: ByteBudget
    let document: [UInt8]
    let logger: Logger

    func respond(to request: Request, context: RESTContext) async throws -> Response {
        let id = requestID(request)
        var response: Response
        do {
            response = try await answer(request, context, id)
        } catch let error as ServiceError {
            response = failure(error, id)
        } catch is CancellationError {
            response = failure(ServiceError(.unavailable, "the server is about to end"), id)
        } catch {
            logger.error(
                "a request failed", metadata: ["error": "\(error)", "request.id": "\(id)"])
            response = failure(ServiceError(.internal, "\(error)"), id)
        }
        response.headers[.requestID] = id
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentTypeOptions] = "nosniff"
        if let origin = request.headers[.origin], settings.allowedOrigins.contains(origin) {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.vary] = "Origin"
        }
        return response
    }

    private func answer(
        _ request: Request, _ context: RESTContext, _ id: String
    ) async throws -> Response {
        try checkOrigin(request)
        let path = RESTPath(request.head.path ?? "")
        if request.method == .get || request.method == .head,
            let page = try await page(path, request, context, id)
        {
            return page
        }
        guard let path else { throw ServiceError.notFound("there is nothing at this path") }
        let matches = RESTRoute.all.compactMap { route in
            route.match(path.parts).map { (route: route, values: $0) }
        }
        guard
            let (route, values) = matches.first(where: {
                $0.route.method.rawValue == request.method.rawValue
            })
        else {
            if request.method == .options, !matches.isEmpty {
                return preflight(request, matches.map(\.route))
            }
            guard matches.isEmpty else { return notAllowed(matches.map(\.route), id) }
            throw ServiceError.notFound("there is nothing at this path")
        }
        let caller = caller(request, context, id)
        let permit = try await gateway.admit(
            route.operation, on: values["collection"], for: caller)
        let wanted: GatewayRequest
        do {
            wanted = try route.request(values, try await body(route, path, request))
        } catch {
            gateway.reject(permit, because: error as? ServiceError ?? .unreadable)
            throw error is ServiceError ? error : ServiceError.unreadable
        }
        let result = try await gateway.perform(wanted, with: permit)
        let bytes = try result.json(isAdmin: permit.identity?.isAdmin ?? false)
        return json(bytes, .init(code: route.status))
    }

    // MARK: The request

    private func caller(_ request: Request, _ context: RESTContext, _ id: String) -> Caller {
        Caller(
            credential: credential(request),
            address: ClientAddress(
                settings.trustedProxies.client(
                    of: context.channel.remoteAddress?.ipAddress ?? "local",
                    forwarded: request.headers[values: .forwardedFor])),
            requestID: id, face: "rest")
    }

    /// Keeps out what pages of others make a browser send: it would reach a server that trusts its
    /// machine, though the page could not read the answer; and by a name that its owner points to this
    /// machine, it could even do that.
    private func checkOrigin(_ request: Request) throws(ServiceError) {
        if let origin = request.headers[.origin], request.method != .options,
            !settings.allowedOrigins.contains(origin)
        {
            throw .permissionDenied("pages of \(origin.prefix(100)) may not call this server")
        }
        guard !gateway.needsCredential, let authority = request.head.authority else { return }
        var settings = RESTSettings(host: authority)
        if !authority.hasSuffix("]"), let colon = authority.lastIndex(of: ":") {
            settings.host = String(authority[..<colon])
        }
        if settings.host == "[::1]" { settings.host = "::1" }
        guard settings.isLoopback else {
            throw .permissionDenied(
                "without users this server answers to localhost and 127.0.0.1 only")
        }
    }

    /// The name that the client gave, if it is one; else a new one.
    private func requestID(_ request: Request) -> String {
        if let id = request.headers[.requestID], RequestIDInstrument.isValid(id) { return id }
        var generator = SystemRandomNumberGenerator()
        return String(generator.next() as UInt64, radix: 16)
    }

    /// From `Authorization: Bearer` or `api-key`; of both, the former.
    private func credential(_ request: Request) -> Credential? {
        if let value = request.headers[.authorization] {
            let parts = value.split(separator: " ", omittingEmptySubsequences: true)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return Credential(String(parts[1]))
        }
        return request.headers[.apiKey].map { Credential($0) }
    }

    private func body(
        _ route: RESTRoute, _ path: RESTPath, _ request: Request
    ) async throws -> RESTBody {
        guard path.query.isEmpty || !route.query.isEmpty else {
            throw ServiceError.invalidField(path.query[0].name, "the path takes no query")
        }
        guard let fields = route.fields else {
            return try RESTBody(query: path.query, route.query)
        }
        let limit = route.maxBodyByteCount
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw ServiceError.bodyTooLarge(limit)
        }
        if let encoding = request.headers[.contentEncoding], encoding != "identity" {
            throw ServiceError.invalidArgument("a body is not to be compressed")
        }
        var reservation = ByteBudget.Reservation(of: budget)
        defer { reservation.end() }
        var bytes = ByteBuffer()
        for try await part in request.body {
            guard bytes.readableBytes + part.readableBytes <= limit else {
                throw ServiceError.bodyTooLarge(limit)
            }
            try reservation.add(part.readableBytes)
            bytes.writeImmutableBuffer(part)
        }
        return try bytes.withUnsafeReadableBytes { bytes throws(ServiceError) in
            try RESTBody(bytes, fields)
        }
    }

    // MARK: Pages without a credential

    private func page(
        _ path: RESTPath?, _ request: Request, _ context: RESTContext, _ id: String
    ) async throws -> Response? {
        guard let path, path.parts.count == 1, path.query.isEmpty else { return nil }
        switch path.parts[0] {
        case "livez": return text("ok\n")
        case "readyz", "healthz":
            try await gateway.checkReadiness()
            return text("ok\n")
        case "openapi.json": return json(document, .ok)
        case "metrics":
            guard let registry else { return nil }
            // It names nodes and says what all tenants do together.
            _ = try await gateway.admit(.status, for: caller(request, context, id))
            return text(registry.exposition(), type: PrometheusRegistry.contentType)
        default: return nil
        }
    }

    private func preflight(_ request: Request, _ routes: [RESTRoute]) -> Response {
        guard let origin = request.headers[.origin], settings.allowedOrigins.contains(origin) else {
            return Response(status: .forbidden)
        }
        var headers = HTTPFields()
        headers[.accessControlAllowMethods] = routes.map(\.method.rawValue).joined(separator: ", ")
        headers[.accessControlAllowHeaders] = "authorization, api-key, content-type, x-request-id"
        headers[.accessControlMaxAge] = "600"
        return Response(status: .noContent, headers: headers)
    }

    // MARK: The response

    private func failure(_ error: ServiceError, _ id: String) -> Response {
        var response = json(error.json(requestID: id), error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        if error.code == .unauthenticated { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    private func notAllowed(_ routes: [RESTRoute], _ id: String) -> Response {
        let methods = routes.map(\.method.rawValue).joined(separator: ", ")
        let error = ServiceError.invalidArgument("this path takes \(methods)")
        var response = json(error.json(requestID: id), .methodNotAllowed)
        response.headers[.allow] = methods
        return response
    }

    private func json(_ bytes: [UInt8], _ status: HTTPResponse.Status) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// How many bytes bodies have under way, of all requests: what a number in a header promises is not
/// counted, only what has come.
final class ByteBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(_ limit: Int) { self.limit = limit }

    /// What one request has of it; to be ended.
    struct Reservation {
        private let budget: ByteBudget
        private var count = 0

        init(of budget: ByteBudget) { self.budget = budget }

        mutating func add(_ byteCount: Int) throws(ServiceError) {
            count += byteCount
            let used = budget.used.add(byteCount, ordering: .relaxed).newValue
            guard used <= budget.limit else {
                throw ServiceError(
                    .overloaded, "bodies of \(used) bytes are under way; try again later")
            }
        }

        mutating func end() {
            budget.used.subtract(count, ordering: .relaxed)
            count = 0
        }
    }
}

extension ServiceError {
    fileprivate static let unreadable = ServiceError(
        .invalidArgument, "the body could not be read to its end")

    fileprivate static func bodyTooLarge(_ limit: Int) -> ServiceError {
        ServiceError(
            .tooLarge, "the body has more than \(limit) bytes; send less at once",
            details: ["limit": "\(limit)"])
    }
}

extension HTTPField.Name {
    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else {
            preconditionFailure("\(text) is no name of a header field")
        }
        return name
    }

    static let requestID = name("x-request-id")
    static let apiKey = name("api-key")
    static let forwardedFor = name("x-forwarded-for")
    static let contentTypeOptions = name("x-content-type-options")
}
