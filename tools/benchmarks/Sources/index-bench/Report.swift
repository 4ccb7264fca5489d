import Foundation

/// Collects the rows of a benchmark and writes them as JSON lines.
struct Report {
    let bench: String
    let dataset: String
    /// What must be equal for rows to compare.
    let parameters: String
    private(set) var lines: [String] = []

    init(bench: String = "index", dataset: String, parameters: String) {
        self.bench = bench
        self.dataset = dataset
        self.parameters = parameters
    }

    mutating func add(_ metric: String, _ value: Double, _ unit: String, _ more: String = "") {
        let line = """
            {"bench": "\(bench)", "case": "\(dataset)", "system": "vectron", \
            "metric": "\(metric)", "value": \(value), "unit": "\(unit)", \
            "parameters": {\(parameters)\(more)}}
            """
        print(line)
        lines.append(line)
    }

    /// A value of a case other than plain search; `variant` says what was varied.
    mutating func add(variant: String, _ metric: String, _ value: Double, _ unit: String) {
        let line = """
            {"bench": "\(bench)", "case": "\(dataset)", "system": "vectron", \
            "variant": "\(variant)", "metric": "\(metric)", "value": \(value), \
            "unit": "\(unit)", "parameters": {\(parameters)}}
            """
        print(line)
        lines.append(line)
    }

    func write(to path: String) throws {
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    }
}
