import Logging
import Raft

extension ReplicationEngine {
    /// Applies entries behind those that are being applied.
    func apply(_ apply: Work.Apply) {
        machines[apply.group]?.waiting += apply.entries
        applyNext(apply.group)
    }

    func applyNext(_ id: GroupID) {
        guard let machine = machines[id], !machine.isApplying, !machine.waiting.isEmpty,
            refusal == nil
        else { return }
        let entries = machine.waiting
        machines[id]?.waiting = []
        machines[id]?.isApplying = true
        // Its end is told by an event, which is how it is waited for.
        Task { [machine = machine.machine] in
            do {
                let results = try await machine.apply(entries)
                precondition(
                    results.count == entries.count,
                    "\(results.count) results of \(entries.count) entries")
                submit { $0.applied(entries, results, of: id, by: machine) }
            } catch {
                submit { $0.fence(error) }
            }
        }
    }

    private func applied(
        _ entries: [Entry], _ results: [any Sendable], of id: GroupID,
        by machine: any ReplicatedStateMachine
    ) {
        // The group may have been given up and begun anew meanwhile, with another machine.
        guard let last = entries.last, machines[id]?.machine === machine else { return }
        machines[id]?.isApplying = false
        machines[id]?.appliedIndex = last.index
        for (entry, result) in zip(entries, results) {
            guard let proposal = machines[id]?.proposals.removeValue(forKey: entry.index) else {
                continue
            }
            if proposal.term == entry.term {
                proposal.continuation.resume(returning: result)
            } else {
                proposal.continuation.resume(throwing: ReplicationError.superseded)
            }
        }
        raft.applied(id, through: last.index)
        releaseBarriers(of: id)
        applyNext(id)
    }

    func releaseBarriers(of id: GroupID) {
        guard let machine = machines[id], !machine.barriers.isEmpty else { return }
        machines[id]?.barriers = machine.barriers.filter { $0.index > machine.appliedIndex }
        for barrier in machine.barriers where barrier.index <= machine.appliedIndex {
            barrier.continuation.resume()
        }
    }

    func sync(_ id: GroupID) {
        guard let machine = machines[id]?.machine else { return }
        Task {
            do {
                let index = try await machine.sync()
                submit { engine in
                    guard engine.machines[id]?.machine === machine else { return }
                    engine.raft.madeDurable(id, through: index)
                }
            } catch {
                submit { $0.fence(error) }
            }
        }
    }

    /// Ends what waits for a group.
    func fail(_ id: GroupID, _ error: ReplicationError) {
        guard let machine = machines[id] else { return }
        machines[id]?.proposals = [:]
        machines[id]?.barriers = []
        for proposal in machine.proposals.values {
            proposal.continuation.resume(throwing: ReplicationError.unknownOutcome("\(error)"))
        }
        for barrier in machine.barriers { barrier.continuation.resume(throwing: error) }
    }

    /// Ends what has waited for too long.
    func expire() {
        let now = ContinuousClock.now
        for (id, machine) in machines where !machine.proposals.isEmpty {
            for (index, proposal) in machine.proposals where proposal.end <= now {
                machines[id]?.proposals[index] = nil
                proposal.continuation.resume(
                    throwing: ReplicationError.unknownOutcome("no quorum answered in time"))
            }
        }
        for (read, waiting) in reads where waiting.end <= now {
            reads[read] = nil
            waiting.continuation.resume(throwing: ReplicationError.notLeader(node: nil))
        }
    }
}

// MARK: - Snapshots

extension ReplicationEngine {
    func take(_ step: SnapshotStep) {
        switch step {
        case .open(let id, let stream): openSnapshot(of: id, stream)
        case .read(let id, let stream, let maxByteCount):
            readPart(of: id, stream, maxByteCount: maxByteCount)
        case .close(let id, let stream):
            machines[id]?.sources[stream] = nil
        case .store(let id, let stream, let bytes, let isFirst):
            guard let machine = machines[id]?.machine else { return }
            Task {
                do {
                    try await machine.storeSnapshotPart(bytes, isFirst: isFirst)
                    submit { $0.raft.chunkStored(id, stream: stream) }
                } catch {
                    submit { $0.fence(error) }
                }
            }
        case .install(let id, let stream, let base):
            install(id, stream, base)
        }
    }

    private func openSnapshot(of id: GroupID, _ stream: UInt64) {
        guard let machine = machines[id]?.machine else {
            return raft.snapshotOpened(id, stream: stream, base: nil)
        }
        Task { [logger] in
            do {
                let source = try await machine.openSnapshot()
                submit { engine in
                    engine.machines[id]?.sources[stream] = source
                    engine.raft.snapshotOpened(id, stream: stream, base: source.base)
                }
            } catch {
                logger.warning("no snapshot can be read", metadata: ["error": "\(error)"])
                submit { $0.raft.snapshotOpened(id, stream: stream, base: nil) }
            }
        }
    }

    private func readPart(of id: GroupID, _ stream: UInt64, maxByteCount: Int) {
        guard let source = machines[id]?.sources[stream] else {
            return raft.chunkRead(id, stream: stream, bytes: nil, isLast: false)
        }
        Task { [logger] in
            do {
                let (bytes, isLast) = try await source.next(maxByteCount: maxByteCount)
                submit { $0.raft.chunkRead(id, stream: stream, bytes: bytes, isLast: isLast) }
            } catch {
                logger.warning("a snapshot cannot be read", metadata: ["error": "\(error)"])
                submit { $0.raft.chunkRead(id, stream: stream, bytes: nil, isLast: false) }
            }
        }
    }

    private func install(_ id: GroupID, _ stream: UInt64, _ base: LogBase) {
        guard let machine = machines[id] else { return }
        // What is being applied ends first: the machine is called one at a time.
        guard !machine.isApplying else {
            return submitLater { $0.install(id, stream, base) }
        }
        // What was applied meanwhile must not be undone by an older state.
        guard machine.appliedIndex < base.index else {
            return raft.snapshotInstalled(id, stream: stream)
        }
        machines[id]?.isApplying = true
        Task { [machine = machine.machine] in
            do {
                try await machine.installSnapshot(base)
                submit { engine in
                    guard engine.machines[id]?.machine === machine else { return }
                    engine.installed(id, stream, base)
                }
            } catch let error as SnapshotRejected {
                submit { engine in
                    engine.machines[id]?.isApplying = false
                    engine.logger.warning(
                        "a snapshot was not taken", metadata: ["error": "\(error.reason)"])
                    engine.raft.snapshotFailed(id, stream: stream)
                    engine.applyNext(id)
                }
            } catch {
                submit { $0.fence(error) }
            }
        }
    }

    private func installed(_ id: GroupID, _ stream: UInt64, _ base: LogBase) {
        guard let machine = machines[id] else { return }
        machines[id]?.isApplying = false
        machines[id]?.appliedIndex = base.index
        machines[id]?.waiting = machine.waiting.filter { $0.index > base.index }
        for (index, proposal) in machine.proposals where index <= base.index {
            machines[id]?.proposals[index] = nil
            proposal.continuation.resume(
                throwing: ReplicationError.unknownOutcome("a snapshot has passed it"))
        }
        raft.snapshotInstalled(id, stream: stream)
        releaseBarriers(of: id)
        applyNext(id)
    }

    /// Puts something into the inbox a moment later.
    private func submitLater(
        _ event: @escaping @Sendable (isolated ReplicationEngine) -> Void
    ) {
        Task {
            try? await Task.sleep(for: .milliseconds(1))
            submit(event)
        }
    }
}
