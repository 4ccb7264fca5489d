public import Protocols

extension VectronClient {
    /// One page of the points of a collection, in the order of their ids.
    public func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        try await call(.read) { try await $0.scroll(request) }
    }

    /// All points of a collection, in the order of their ids, page by page as they are wanted.
    ///
    /// ```swift
    /// for try await point in client.scroll("books") { print(point.id) }
    /// ```
    ///
    /// - Parameters:
    ///   - collection: Which.
    ///   - id: The point that they follow, whether it exists or not; nil for all.
    ///   - pageSize: How many points are asked for at once, 1 to 10,000.
    ///   - parts: What of the points; without vectors these are empty.
    ///   - consistency: How new each page must be.
    public func scroll(
        _ collection: String, after id: PointID? = nil, pageSize: Int = 1_000,
        parts: PointParts = .payload, consistency: ReadConsistency = .linearizable
    ) -> ScrolledPoints {
        ScrolledPoints(
            client: self,
            request: ScrollRequest(
                collection: collection, after: id, limit: pageSize, parts: parts,
                consistency: consistency))
    }

    /// The points of a collection, read page by page; each iteration begins anew.
    public struct ScrolledPoints: AsyncSequence, Sendable {
        /// What it gives.
        public typealias Element = Point

        let client: VectronClient
        let request: ScrollRequest

        /// Begins with the first page.
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(client: client, request: request)
        }

        /// Where an iteration is.
        public struct AsyncIterator: AsyncIteratorProtocol {
            let client: VectronClient
            var request: ScrollRequest
            private var page: ArraySlice<Point> = []
            private var hasMore = true

            init(client: VectronClient, request: ScrollRequest) {
                self.client = client
                self.request = request
            }

            /// The next point, from a new page if this one is through; nil at the end.
            public mutating func next() async throws -> Point? {
                while page.isEmpty, hasMore {
                    let next = try await client.scroll(request)
                    page = next.points[...]
                    request.after = next.next
                    hasMore = next.next != nil
                }
                return page.popFirst()
            }
        }
    }
}
