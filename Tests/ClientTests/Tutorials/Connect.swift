// [hidden]
import Actors
// [1]
import Client

func connect() async throws -> VectronClient {
    try await VectronClient.connect(to: ["tcp://127.0.0.1:7600"], cluster: "vectron")
}
