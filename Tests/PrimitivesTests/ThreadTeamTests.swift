import Primitives
import Synchronization
import Testing

@Suite struct `A thread team` {
    @Test(arguments: [1, 2, 5])
    func `does each item of each step once, and the steps in order`(memberCount: Int) {
        let team = ThreadTeam(name: "team", memberCount: memberCount)
        let counts = Mutex([Int](repeating: 0, count: 100))
        for step in 0..<50 {
            team.forEach(step * 2) { _, item in
                counts.withLock {
                    // An item of step s was in all steps since s / 2.
                    #expect($0[item] == max(step - item / 2 - 1, 0))
                    $0[item] += 1
                }
            }
        }
        counts.withLock { #expect($0 == (0..<100).map { max(50 - $0 / 2 - 1, 0) }) }
    }

    @Test func `runs no two items as one member at a time`() {
        let team = ThreadTeam(name: "team", memberCount: 3)
        let busy = Mutex(Set<Int>())
        team.forEach(300) { member, _ in
            busy.withLock {
                #expect((0..<3).contains(member))
                #expect($0.insert(member).inserted)
            }
            busy.withLock { _ = $0.remove(member) }
        }
    }

    @Test func `of one is the caller alone`() {
        let team = ThreadTeam(name: "team", memberCount: 1)
        let sum = Atomic<Int>(0)
        team.forEach(10) { member, item in
            #expect(member == 0)
            sum.add(item, ordering: .relaxed)
        }
        #expect(sum.load(ordering: .relaxed) == 45)
    }
}
