public import ArgumentParser
public import Protocols

/// The options of every command that reads points.
struct ReadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How new what is read must be: linearizable, local, or bounded:500ms.",
            valueName: "level"))
    var consistency = ReadConsistency.linearizable
}

extension ReadConsistency: ExpressibleByArgument {
    /// The consistency that this text names, or nil.
    public init?(argument: String) { self.init(argument) }

    /// As it is written on the command line.
    public var defaultValueDescription: String { description }
}
