package import Protocols
import Vectors

/// What the border refuses: every request is checked here before anything is routed.
///
/// Each defect has an error of its own, which says what is wrong with what.
package enum Validation {
    /// Throws unless all points can be stored in the collection.
    package static func check(
        _ points: [Point], for configuration: CollectionConfiguration
    ) throws(ServiceError) {
        try checkCount(points.count, of: "points")
        for (position, point) in points.enumerated() {
            let id = point.id.description.prefix(80)
            let name = "point \(id) (number \(position) of the request)"
            if let defect = point.id.defect { throw .invalidArgument("\(name): \(defect)") }
            try check(name, of: configuration) { () throws(VectorError) in
                try configuration.prepared(point.vector)
            }
            try check(point.payload, of: point.id, name)
        }
    }

    /// Throws unless all ids can be ids.
    package static func check(_ ids: [PointID]) throws(ServiceError) {
        try checkCount(ids.count, of: "ids")
        for id in ids {
            if let defect = id.defect { throw .invalidArgument(defect) }
        }
    }

    /// Throws unless the search can be made in the collection.
    package static func check(
        _ request: SearchRequest, for configuration: CollectionConfiguration
    ) throws(ServiceError) {
        guard (1...SearchQuery.maxLimit).contains(request.limit) else {
            throw .invalidArgument(
                "limit is \(request.limit); it must be 1 to \(SearchQuery.maxLimit)")
        }
        try SearchQuery.validate(efSearch: request.efSearch, recall: request.recall)
        try request.consistency.validate()
        switch request.target {
        case .vector(let vector):
            try check("the query", of: configuration) { () throws(VectorError) in
                try configuration.metric.prepared(vector, dimension: configuration.dimension)
            }
        case .point(let id):
            if let defect = id.defect { throw .invalidArgument(defect) }
        }
    }

    /// Throws unless the searches can be made in the collection.
    package static func check(
        _ request: SearchBatchRequest, for configuration: CollectionConfiguration
    ) throws(ServiceError) {
        try request.batch.validate()
        try request.consistency.validate()
        for (position, vector) in request.batch.vectors.enumerated() {
            try check("vector \(position)", of: configuration) { () throws(VectorError) in
                try configuration.metric.prepared(vector, dimension: configuration.dimension)
            }
        }
    }

    private static func checkCount(_ count: Int, of what: String) throws(ServiceError) {
        guard count <= UpsertRequest.maxPointCount else {
            throw ServiceError(
                .tooLarge,
                """
                the request has \(count) \(what), more than \(UpsertRequest.maxPointCount); \
                send several requests
                """)
        }
    }

    private static func check(
        _ name: String, of configuration: CollectionConfiguration,
        _ prepare: () throws(VectorError) -> [Float]
    ) throws(ServiceError) {
        do {
            _ = try prepare()
        } catch {
            throw .invalidArgument(
                "\(name), for collection \(configuration.name): \(error)")
        }
    }

    private static func check(
        _ payload: Payload, of id: PointID, _ name: String
    ) throws(ServiceError) {
        if let defect = payload.defect { throw .invalidArgument("\(name): \(defect)") }
        let byteCount = payload.encoded.count
        guard byteCount <= UpsertRequest.maxPayloadByteCount else {
            throw .payloadTooLarge(of: id, byteCount: byteCount)
        }
    }
}
