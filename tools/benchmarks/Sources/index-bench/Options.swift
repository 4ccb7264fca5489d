import HNSW
import Vectors

/// What the command line asks for.
struct Options {
    /// What is measured.
    var bench = Bench.search
    /// The folder with `base.npy` or `base_f16.npy`, `queries.npy` and `meta.json`.
    var dataset = ""
    /// The folder with `gt100.npy`, if it is another.
    var groundTruth: String?
    /// Only the first rows of the base, if not all.
    var rows: Int?
    /// Where to write the rows as JSON lines, besides the standard output.
    var json: String?
    /// A folder that keeps the graph between runs: for tuning searches without building anew.
    var graph: String?
    /// The folder that says what a case does: which rows come and go, which rows filters accept.
    var plan = ""
    /// The measured widths of a search.
    var efSearch = [10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 160, 200, 256, 320]
    /// How often each width is measured; the fastest pass counts.
    var passes = 5
    var maxLinks = 16
    var efConstruction = 200
    /// With how many threads the index is built, once for each number.
    ///
    /// Searches have one, and the first index. 0 stands for single inserts by one thread.
    var threads = [1]
    /// What is stored of each component: what a collection of the database stores, unless told
    /// otherwise.
    var element = VectorElement.float24
    /// What walks compare.
    var traversal = HNSWParameters.Traversal.codes

    /// What its rows are called: the default settings, or what was stored without codes.
    var system: String { traversal == .codes ? "vectron" : "vectron_\(element.rawValue)" }

    /// How the index is built.
    var parameters: HNSWParameters {
        HNSWParameters(
            maxLinks: maxLinks, efConstruction: efConstruction, traversal: traversal)
    }

    static let usage = """
        usage: index-bench [search | filtered | mixed | churn | batch] --dataset DIR [--ground-truth DIR] [--rows N] [--json FILE]
                           [--graph DIR] [--plan DIR] [--ef LIST] [--passes N] [--max-links M] [--ef-construction N]
                           [--element float32|float24|float16|uint8] [--traversal codes|vectors]
                           [--threads LIST]
        """

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        if let bench = rest.first.flatMap({ Bench(rawValue: $0) }) {
            self.bench = bench
            rest.removeFirst()
        }
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError(argument: name) }
            switch name {
            case "--dataset": dataset = value
            case "--ground-truth": groundTruth = value
            case "--rows": rows = try Self.positive(value)
            case "--json": json = value
            case "--graph": graph = value
            case "--plan": plan = value
            case "--ef":
                efSearch = []
                for item in value.split(separator: ",") {
                    efSearch.append(try Self.positive(String(item)))
                }
            case "--threads": threads = try Self.counts(value)
            case "--passes": passes = try Self.positive(value)
            case "--max-links": maxLinks = try Self.positive(value)
            case "--element":
                guard let element = VectorElement(rawValue: value) else {
                    throw UsageError(argument: value)
                }
                self.element = element
            case "--traversal":
                switch value {
                case "codes": traversal = .codes
                case "vectors": traversal = .vectors
                default: throw UsageError(argument: value)
                }
            case "--ef-construction": efConstruction = try Self.positive(value)
            default: throw UsageError(argument: name)
            }
        }
        if dataset.isEmpty { throw UsageError(argument: "--dataset") }
    }

    /// At least one number, none below 0.
    private static func counts(_ text: String) throws(UsageError) -> [Int] {
        let counts = text.split(separator: ",").map { Int($0) ?? -1 }
        guard !counts.isEmpty, counts.allSatisfy({ $0 >= 0 }) else {
            throw UsageError(argument: text)
        }
        return counts
    }

    private static func positive(_ text: String) throws(UsageError) -> Int {
        guard let value = Int(text), value > 0 else { throw UsageError(argument: text) }
        return value
    }
}

/// What can be measured.
enum Bench: String {
    /// Build time, memory, and speed against recall.
    case search
    /// Searches under filters.
    case filtered
    /// Searches beside inserts.
    case mixed
    /// Rounds of replaced points.
    case churn
    /// Many queries in one call.
    case batch
}

/// An argument that is unknown, lacks its value or has a wrong one.
struct UsageError: Error {
    let argument: String
}
