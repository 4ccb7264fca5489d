import ArgumentParser

/// `vectron point`.
struct PointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "point", abstract: "Upsert, get and delete single points.",
        subcommands: [PointUpsert.self, PointGet.self, PointDelete.self])
}
