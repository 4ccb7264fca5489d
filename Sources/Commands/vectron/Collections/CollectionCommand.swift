import ArgumentParser

/// `vectron collection`.
struct CollectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collection", abstract: "Create, list, describe and delete collections.",
        subcommands: [
            CollectionCreate.self, CollectionList.self, CollectionDescribe.self,
            CollectionDelete.self,
        ])
}
