import Foundation
import MetaNetworkClient

let candidates = Array(CommandLine.arguments.dropFirst())
do {
    let key = try PinnedKey(id: "1", base64: "")
    let model = try await PersonalModel(
        server: URL(fileURLWithPath: "/"),
        model: "movies",
        directory: URL(fileURLWithPath: "."),
        configuration: PersonalModel.Configuration(trust: .keys([key], publishers: []))
    )
    print(await model.rank(candidates))
} catch {
    print(error)
}
