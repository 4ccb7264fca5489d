import ArgumentParser
import Protocols

/// How a command prints its result.
struct OutputOptions: ParsableArguments {
    /// The forms of output.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        /// For people.
        case table
        /// For programs: one JSON value.
        case json
    }

    @Option(name: .shortAndLong, help: "How to print the result.")
    var output = Format.table

    /// Prints a result as what was asked for.
    func print(_ json: JSONValue, table: () -> Table) {
        switch output {
        case .json: Swift.print(json.text)
        case .table: Swift.print(table().text(width: Terminal.width))
        }
    }

    /// Prints what was done: one line, or a JSON object.
    func print(_ json: [String: JSONValue], line: String) {
        Swift.print(output == .json ? JSONValue.object(json).text : line)
    }
}
