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
    /// While one page is used the next is on its way, and no more than that: who reads slowly is not
    /// overrun. Leaving the loop, or cancelling its task, ends the request that is under way.
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
            private let client: VectronClient
            private var request: ScrollRequest
            private var page: ArraySlice<Point> = []
            private var following: PageAhead?
            private var hasMore = true

            init(client: VectronClient, request: ScrollRequest) {
                self.client = client
                self.request = request
            }

            /// The next point, from a new page if this one is through; nil at the end, and after an
            /// error.
            public mutating func next() async throws -> Point? {
                while page.isEmpty, hasMore {
                    // Of an iteration that has failed there is no more.
                    hasMore = false
                    let ahead = following
                    following = nil
                    let next =
                        if let ahead { try await ahead.page } else {
                            try await client.scroll(request)
                        }
                    page = next.points[...]
                    request.after = next.next
                    if next.next != nil {
                        hasMore = true
                        following = PageAhead(client, request)
                    }
                }
                return page.popFirst()
            }
        }
    }
}

/// A page that is on its way before it is wanted.
private final class PageAhead: Sendable {
    /// Ends with the iteration that holds this, at the latest.
    private let task: Task<ScrollPage, any Error>

    init(_ client: VectronClient, _ request: ScrollRequest) {
        task = Task { try await client.scroll(request) }
    }

    deinit { task.cancel() }

    var page: ScrollPage {
        get async throws {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        }
    }
}
