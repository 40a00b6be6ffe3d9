import Foundation
import MetaNetworkClient

guard let server = URL(string: "http://127.0.0.1:8080") else { fatalError("the address is one") }
let model = try await PersonalModel(
    server: server,
    model: "bag",
    directory: URL(fileURLWithPath: "phone-data"),
    configuration: .init(trust: .unsigned)
)
print("version", await model.version)
