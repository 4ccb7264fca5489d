internal import MessagePack
internal import Primitives
internal import Protocols
internal import Vectors

// What a reply tells of collections, shards and workers.
extension MessagePackWriter {
    mutating func write(_ description: CollectionDescription) {
        writeMapHeader(count: 7)
        write(description.configuration, description.id)
        writeKey("point_count")
        write(optional: description.pointCount)
        write(shards: description.shards)
    }

    mutating func write(_ status: ClusterStatus) {
        writeMapHeader(count: 4)
        writeKey("version")
        write(status.version)
        writeKey("epoch")
        write(status.map.epoch.rawValue)
        writeKey("workers")
        writeArrayHeader(count: status.workers.count)
        for worker in status.workers {
            write(worker, status.map.workers.first { $0.node == worker.node })
        }
        writeKey("collections")
        writeArrayHeader(count: status.map.collections.count)
        for collection in status.map.collections {
            writeMapHeader(count: 6)
            write(collection.configuration, collection.id)
            write(shards: collection.shards)
        }
    }

    private mutating func write(_ configuration: CollectionConfiguration, _ id: CollectionID) {
        writeKey("name")
        write(configuration.name)
        writeKey("id")
        write(id.rawValue)
        writeKey("dimension")
        write(configuration.dimension)
        writeKey("metric")
        write(configuration.metric.rawValue)
        writeKey("shard_count")
        write(configuration.shardCount)
    }

    private mutating func write(shards: [ShardRecord]) {
        writeKey("shards")
        writeArrayHeader(count: shards.count)
        for shard in shards {
            writeMapHeader(count: 5)
            writeKey("id")
            write(shard.id.rawValue)
            writeKey("version")
            write(shard.version)
            writeKey("first_slot")
            write(shard.slots.first)
            writeKey("last_slot")
            write(shard.slots.last)
            writeKey("replicas")
            writeArrayHeader(count: shard.replicas.count)
            for replica in shard.replicas { write(replica) }
        }
    }

    private mutating func write(_ worker: ClusterStatus.WorkerAnswer, _ record: WorkerRecord?) {
        writeMapHeader(count: 6)
        writeKey("node")
        write(worker.node)
        writeKey("endpoint")
        write(optional: record?.endpoint)
        writeKey("failure_domain")
        write(optional: record?.failureDomain)
        writeKey("epoch")
        write(optional: worker.status?.epoch.rawValue)
        writeKey("shards")
        writeArrayHeader(count: worker.status?.shards.count ?? 0)
        for shard in worker.status?.shards ?? [] {
            writeMapHeader(count: 3)
            writeKey("id")
            write(shard.id.rawValue)
            writeKey("point_count")
            write(shard.pointCount)
            writeKey("applied_index")
            write(shard.appliedIndex)
        }
        writeKey("error")
        write(optional: worker.error)
    }

    private func write(optional text: String?) {
        if let text { write(text) } else { writeNil() }
    }

    private func write<Integer: FixedWidthInteger>(optional value: Integer?) {
        if let value { write(value) } else { writeNil() }
    }
}
