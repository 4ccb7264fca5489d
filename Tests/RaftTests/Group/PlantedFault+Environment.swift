import Foundation
import Raft

extension PlantedFault {
    /// Switches on a mistake, to see which tests find it; to be called before anything runs.
    ///
    /// Only in a build with `MUTANTS`; the variable `RAFT_FAULT` names the mistake.
    static func plant() {
        #if MUTANTS
            let name = ProcessInfo.processInfo.environment["RAFT_FAULT"]
            active = name.flatMap(PlantedFault.init(rawValue:))
        #endif
    }
}
