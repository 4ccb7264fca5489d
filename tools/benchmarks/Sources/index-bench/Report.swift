import Foundation

/// Collects the rows of a benchmark and writes them as JSON lines.
struct Report {
    let bench: String
    let dataset: String
    let system: String
    /// What must be equal for rows to compare.
    let parameters: String
    private(set) var lines: [String] = []

    init(bench: String, dataset: String, system: String, parameters: String) {
        self.bench = bench
        self.dataset = dataset
        self.system = system
        self.parameters = parameters
    }

    mutating func add(
        _ metric: String, _ value: Double, _ unit: String, _ more: String = "", threads: Int = 1
    ) {
        let line = """
            {"bench": "\(bench)", "case": "\(dataset)", "system": "\(system)", \
            "metric": "\(metric)", "value": \(value), "unit": "\(unit)", \
            "parameters": {\(parameters), "threads": \(threads)\(more)}}
            """
        print(line)
        lines.append(line)
    }

    /// A value of a case other than plain search; `variant` says what was varied.
    mutating func add(
        variant: String, _ metric: String, _ value: Double, _ unit: String, _ more: String = "",
        system: String? = nil
    ) {
        let line = """
            {"bench": "\(bench)", "case": "\(dataset)", "system": "\(system ?? self.system)", \
            "variant": "\(variant)", "metric": "\(metric)", "value": \(value), \
            "unit": "\(unit)", "parameters": {\(parameters), "threads": 1\(more)}}
            """
        print(line)
        lines.append(line)
    }

    /// The points of a curve of a case other than plain search.
    mutating func add(variant: String, _ points: [Point], system: String? = nil) {
        for point in points {
            let ef = ", \"ef_search\": \(point.efSearch)"
            let values = [
                ("recall_at_10", point.recall, "share"), ("qps", point.queriesPerSecond, "1/s"),
                ("qps_cpu", point.queriesPerProcessorSecond, "1/s"),
            ]
            for (metric, value, unit) in values {
                add(variant: variant, metric, value, unit, ef, system: system)
            }
        }
    }

    func write(to path: String) throws {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    }
}
