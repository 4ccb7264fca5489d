internal import MessagePack
internal import Primitives
internal import Protocols
internal import Vectors

// What a reply tells of collections, shards and workers.
extension MessagePackWriter {
    mutating func write(_ description: CollectionDescription) {
        writeMapHeader(count: 9)
        write(description.configuration, description.id)
        writeKey("point_count")
        write(optional: description.pointCount)
        write(shards: description.shards)
    }

    mutating func write(_ shards: [ShardRecall]) {
        writeMapHeader(count: 1)
        writeKey("shards")
        writeArrayHeader(count: shards.count)
        for shard in shards {
            writeMapHeader(count: 6)
            writeKey("id")
            write(shard.shard.rawValue)
            writeKey("worker")
            write(shard.worker)
            writeKey("point_count")
            write(shard.pointCount)
            writeKey("ef_search")
            write(shard.efSearch)
            writeKey("points")
            write(shard.points)
            writeKey("mixtures")
            write(shard.mixtures)
        }
    }

    private mutating func write(_ figures: RecallFigures) {
        writeMapHeader(count: 5)
        writeKey("recall")
        write(figures.recall)
        writeKey("query_count")
        write(figures.queryCount)
        writeKey("complete_count")
        write(figures.completeCount)
        writeKey("median_us")
        write(figures.median / .microseconds(1))
        writeKey("p99_us")
        write(figures.percentile99 / .microseconds(1))
    }

    mutating func write(_ status: ClusterStatus) {
        writeMapHeader(count: 6)
        writeKey("version")
        write(status.version)
        writeKey("cluster")
        write(status.map.cluster)
        writeKey("epoch")
        write(status.map.epoch.rawValue)
        writeKey("placement")
        writeArrayHeader(count: status.placement.count)
        for answer in status.placement { write(answer) }
        writeKey("workers")
        writeArrayHeader(count: status.workers.count)
        for worker in status.workers {
            write(worker, status.map.workers.first { $0.node == worker.node })
        }
        writeKey("collections")
        writeArrayHeader(count: status.map.collections.count)
        for collection in status.map.collections {
            writeMapHeader(count: 8)
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
        writeKey("replica_count")
        write(optional: configuration.replicaCount)
        writeKey("memory")
        write(configuration.memory.rawValue)
    }

    private mutating func write(shards: [ShardRecord]) {
        writeKey("shards")
        writeArrayHeader(count: shards.count)
        for shard in shards {
            writeMapHeader(count: 6)
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
            for replica in shard.replicas { write(replica.worker) }
            writeKey("replica_ids")
            write(shard.replicas.map(\.id))
        }
    }

    private mutating func write(_ worker: ClusterStatus.WorkerAnswer, _ record: WorkerRecord?) {
        writeMapHeader(count: 7)
        writeKey("node")
        write(worker.node)
        writeKey("endpoint")
        write(optional: record?.endpoint)
        writeKey("failure_domain")
        write(optional: record?.failureDomain)
        writeKey("store")
        write(optional: record?.store.rawValue)
        writeKey("epoch")
        write(optional: worker.status?.epoch.rawValue)
        writeKey("shards")
        writeArrayHeader(count: worker.status?.shards.count ?? 0)
        for shard in worker.status?.shards ?? [] { write(shard) }
        writeKey("error")
        write(optional: worker.error)
    }

    private mutating func write(_ shard: ShardStatus) {
        writeMapHeader(count: 12)
        writeKey("id")
        write(shard.id.rawValue)
        writeKey("replica_id")
        write(shard.replica.rawValue)
        writeKey("role")
        write(shard.role.rawValue)
        writeKey("term")
        write(shard.term)
        writeKey("leader_id")
        write(optional: shard.leader?.rawValue)
        writeKey("voter_ids")
        write(shard.voters)
        writeKey("point_count")
        write(shard.pointCount)
        writeKey("commit_index")
        write(shard.commitIndex)
        writeKey("applied_index")
        write(shard.appliedIndex)
        writeKey("state_hash")
        write(optional: shard.stateHash)
        writeKey("diverged")
        write(shard.isDiverged)
        writeKey("memory_bytes")
        write(shard.memoryByteCount)
    }

    private mutating func write(_ answer: ClusterStatus.PlacementAnswer) {
        let status = answer.status
        writeMapHeader(count: 10)
        writeKey("node")
        write(answer.node)
        writeKey("role")
        write(optional: status?.role.rawValue)
        writeKey("term")
        write(optional: status?.term)
        writeKey("leader")
        write(optional: status?.leader)
        writeKey("members")
        writeArrayHeader(count: status?.members.count ?? 0)
        for member in status?.members ?? [] { write(member) }
        writeKey("epoch")
        write(optional: status?.epoch.rawValue)
        writeKey("commit_index")
        write(optional: status?.commitIndex)
        writeKey("applied_index")
        write(optional: status?.appliedIndex)
        writeKey("state_hash")
        write(optional: status?.stateHash)
        writeKey("error")
        write(optional: answer.error)
    }

    private func write(_ replicas: [ReplicaID]) {
        writeArrayHeader(count: replicas.count)
        for replica in replicas { write(replica.rawValue) }
    }

    private func write(optional text: String?) {
        if let text { write(text) } else { writeNil() }
    }

    private func write<Integer: FixedWidthInteger>(optional value: Integer?) {
        if let value { write(value) } else { writeNil() }
    }
}
