/// Everything that a gateway does for its clients, whatever face they use.
package enum GatewayOperation: String, Sendable, Hashable, CaseIterable {
    // Sessions and users
    case bootstrap, login, refresh, logout, whoAmI
    case registerUser, listUsers, deleteUser, changePassword
    case createKey, listKeys, revokeKey
    case listPlans, setPlan, updatePlan, rotateSigningKey
    // Collections
    case listCollections, createCollection, describeCollection, deleteCollection, measureRecall
    // Points
    case upsert, get, deletePoints, search, searchBatch, scroll, count, openSession
    // The cluster
    case status
}
