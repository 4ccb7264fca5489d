internal import Gateway
internal import JSON
internal import Protocols

/// The OpenAPI 3.1 document of the routes.
enum OpenAPIDocument {
    /// The document, in bytes.
    static func bytes(version: String) -> [UInt8] {
        var paths: [String: JSONValue] = [:]
        for route in RESTRoute.all {
            var item: Payload = [:]
            if case .object(let fields) = paths[route.path] { item = fields }
            item[route.method.rawValue.lowercased()] = operation(route)
            paths[route.path] = .object(item)
        }
        var writer = JSONWriter(minimumCapacity: 32 << 10)
        writer.write(
            .object([
                "openapi": .string("3.1.0"),
                "info": .object([
                    "title": .string("Vectron"), "version": .string(version),
                    "description": .string("A distributed vector database."),
                ]),
                "paths": .object(paths),
                "components": .object([
                    "securitySchemes": .object([
                        "bearer": .object(["type": .string("http"), "scheme": .string("bearer")]),
                        "apiKey": .object([
                            "type": .string("apiKey"), "in": .string("header"),
                            "name": .string("api-key"),
                        ]),
                    ]),
                    "schemas": .object(["Error": error]),
                ]),
            ]))
        return writer.bytes
    }

    private static func operation(_ route: RESTRoute) -> JSONValue {
        let requirement = AccessPolicy(for: route.operation).requirement
        var parameters: [JSONValue] = route.segments.compactMap {
            guard case .variable(let name) = $0 else { return nil }
            return parameter(name, "path", isRequired: true, pathSchema(name))
        }
        for field in route.query {
            parameters.append(
                parameter(field.name, "query", isRequired: false, schema(field.kind)))
        }
        var responses: Payload = [
            String(route.status): .object([
                "description": .string("Done."),
                "content": .object([
                    "application/json": .object([
                        "schema": .object(["type": .string("object")])
                    ])
                ]),
            ])
        ]
        let codes = [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504, 507]
        for code in codes {
            responses[String(code)] = .object([
                "description": .string("Not done; the error says why."),
                "content": .object([
                    "application/json": .object([
                        "schema": .object(["$ref": .string("#/components/schemas/Error")])
                    ])
                ]),
            ])
        }
        var fields: Payload = [
            "operationId": .string(route.operation.rawValue), "summary": .string(route.summary),
            "parameters": .array(parameters), "responses": .object(responses),
            "security": requirement == .nobody
                ? .array([])
                : .array([
                    .object(["bearer": .array([])]), .object(["apiKey": .array([])]),
                ]),
            "x-requires": .string(text(requirement)),
        ]
        if let body = route.fields {
            fields["requestBody"] = .object([
                "required": .bool(true),
                "content": .object([
                    "application/json": .object(["schema": schema(.object(body))])
                ]),
            ])
        }
        return .object(fields)
    }

    private static func text(_ requirement: AccessPolicy.Requirement) -> String {
        switch requirement {
        case .nobody: "nothing"
        case .caller: "a credential"
        case .collection(let access): "\(access.rawValue) on the collection"
        case .admin: "an administrator"
        }
    }

    private static func parameter(
        _ name: String, _ place: String, isRequired: Bool, _ schema: JSONValue
    ) -> JSONValue {
        .object([
            "name": .string(name), "in": .string(place), "required": .bool(isRequired),
            "schema": schema,
        ])
    }

    private static func pathSchema(_ name: String) -> JSONValue {
        .object([
            "type": .string("string"), "minLength": .integer(1), "maxLength": .integer(255),
            "pattern": .string("^[A-Za-z0-9_@-][A-Za-z0-9_.@-]*$"),
        ])
    }

    private static func schema(_ kind: RESTField.Kind) -> JSONValue {
        switch kind {
        case .string(let maxLength):
            .object(["type": .string("string"), "maxLength": .integer(Int64(maxLength))])
        case .integer(let range):
            .object([
                "type": .string("integer"), "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ])
        case .number: .object(["type": .string("number")])
        case .bool: .object(["type": .string("boolean")])
        case .choice(let names):
            .object(["type": .string("string"), "enum": .array(names.map { .string($0) })])
        case .pointID:
            .object([
                "oneOf": .array([
                    .object(["type": .string("integer"), "minimum": .integer(0)]),
                    .object([
                        "type": .string("string"), "minLength": .integer(1),
                        "maxLength": .integer(Int64(PointID.maxStringByteCount)),
                    ]),
                ])
            ])
        case .vector:
            .object([
                "type": .string("array"), "items": .object(["type": .string("number")]),
                "minItems": .integer(1), "maxItems": .integer(65_536),
            ])
        case .payload: .object(["type": .array([.string("object"), .string("null")])])
        case .limit:
            .object([
                "oneOf": .array([
                    .object(["type": .string("integer"), "minimum": .integer(0)]),
                    .object(["const": .string("unlimited")]),
                ])
            ])
        case .scopes:
            schema(
                .array(
                    .object([
                        .required("access", .choice(["read", "write", "manage"])),
                        .required(
                            "collections",
                            .array(.string(maxLength: 255), maxCount: Scope.maxNameCount)),
                    ]), maxCount: 16))
        case .array(let element, let maxCount):
            .object([
                "type": .string("array"), "items": schema(element),
                "maxItems": .integer(Int64(maxCount)),
            ])
        case .object(let fields):
            .object([
                "type": .string("object"), "additionalProperties": .bool(false),
                "properties": .object(
                    Dictionary(uniqueKeysWithValues: fields.map { ($0.name, schema($0.kind)) })),
                "required": .array(fields.filter(\.isRequired).map { .string($0.name) }),
            ])
        }
    }

    private static let error = JSONValue.object([
        "type": .string("object"), "required": .array([.string("error")]),
        "properties": .object([
            "error": .object([
                "type": .string("object"),
                "required": .array([
                    .string("code"), .string("message"), .string("retryable"), .string("details"),
                    .string("request_id"),
                ]),
                "properties": .object([
                    "code": .object([
                        "type": .string("string"),
                        "enum": .array(ServiceError.Code.allCases.map { .string($0.rawValue) }),
                    ]),
                    "message": .object(["type": .string("string")]),
                    "retryable": .object(["type": .string("boolean")]),
                    "details": .object([
                        "type": .string("object"),
                        "additionalProperties": .object(["type": .string("string")]),
                    ]),
                    "request_id": .object(["type": .string("string")]),
                ]),
            ])
        ]),
    ])
}
