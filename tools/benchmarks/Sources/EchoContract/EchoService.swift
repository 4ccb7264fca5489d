public import Distributed
public import FoundationEssentials

/// Answers what it is sent, through a contract as services have them.
@Resolvable
public protocol EchoService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Answers these bytes.
    distributed func bytes(_ value: [UInt8]) async throws -> [UInt8]
    /// Answers these numbers.
    distributed func floats(_ value: [Float]) async throws -> [Float]
    /// Answers this data.
    distributed func data(_ value: Data) async throws -> Data
}
