import ArgumentParser
import Protocols

/// `vectron limits`.
struct LimitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Show the limits of one's own plan, or as an administrator those of all plans.")

    @Flag(help: "All plans, for administrators.") var all = false

    @OptionGroup var access: AccessOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let connection = try access.connection()
        let plans =
            if all {
                try await connection.ask("GET", ["v1", "plans"]).elements(of: "plans")
            } else {
                try await connection.ask("GET", ["v1", "identity"]).members["plan"].map { [$0] }
                    ?? []
            }
        output.print(.array(plans)) {
            Table(
                plans,
                columns: [
                    "name", "reads_per_second", "writes_per_second", "burst", "point_count",
                    "collection_count", "byte_count",
                ])
        }
    }
}
