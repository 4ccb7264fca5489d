/// How one unit goes from a place that has much to one that has little, over others that keep what
/// they have: an augmenting path, as in finding the largest flow.
enum EveningPath {
    /// A unit that goes from one place to the next.
    struct Step: Hashable {
        var from: Int
        var to: Int
        var unit: Int
    }

    /// Which units can go from which place directly to which: one of them for each pair.
    struct Passes {
        private let count: Int
        /// Row by row; nil where nothing can pass.
        private var units: [Int?]

        /// Between this many places nothing passes at first.
        init(count: Int) {
            self.count = count
            units = Array(repeating: nil, count: count * count)
        }

        /// Lets a unit pass, unless another one does.
        mutating func add(from: Int, to: Int, unit: Int) {
            if units[from * count + to] == nil { units[from * count + to] = unit }
        }

        /// The shortest path from one of the fullest places to one that has at least two fewer.
        ///
        /// - Parameter counts: How much each place has.
        /// - Returns: The steps in order; nil if all is as even as it can be.
        /// - Complexity: O(n³).
        func path(evening counts: [Int]) -> [Step]? {
            let sources = counts.indices.sorted { (-counts[$0], $0) < (-counts[$1], $1) }
            for source in sources {
                guard counts.contains(where: { $0 <= counts[source] - 2 }) else { return nil }
                if let path = path(from: source, evening: counts) { return path }
            }
            return nil
        }

        private func path(from source: Int, evening counts: [Int]) -> [Step]? {
            var arrivals = [Step?](repeating: nil, count: count)
            var queue = [source]
            var next = 0
            while next < queue.count {
                let place = queue[next]
                next += 1
                for to in 0..<count where to != source && arrivals[to] == nil {
                    guard let unit = units[place * count + to] else { continue }
                    arrivals[to] = Step(from: place, to: to, unit: unit)
                    if counts[to] <= counts[source] - 2 { return path(to: to, arrivals) }
                    queue.append(to)
                }
            }
            return nil
        }

        private func path(to target: Int, _ arrivals: [Step?]) -> [Step] {
            var path: [Step] = []
            var place = target
            while let step = arrivals[place] {
                path.append(step)
                place = step.from
            }
            return path.reversed()
        }
    }
}
