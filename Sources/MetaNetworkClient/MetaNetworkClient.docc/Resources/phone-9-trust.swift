import Foundation
import MetaNetworkClient

guard let server = URL(string: "http://127.0.0.1:8080") else { fatalError("the address is one") }
let key = try PinnedKey(id: "…", base64: "…")
let publisher = try PinnedKey(id: "…", base64: "…")
let model = try await PersonalModel(
    server: server,
    model: "bag",
    directory: URL(fileURLWithPath: "phone-data"),
    configuration: .init(trust: .keys([key], publishers: [publisher]))
)
print("version", await model.version)

print("best", await model.topItems(5).map(\.id))

for film in ["50", "172", "181", "174", "210"] { await model.record(film) }
let seen = Set(await model.history)
print("by the history", await model.topItems(5, excluding: seen).map(\.id))

do { try await model.refresh() } catch { print("no new weights:", error) }
print("by weights of one's own", await model.topItems(5, excluding: seen).map(\.id))

switch await model.standing {
case .personal(let age): print("personal weights,", age.samples, "samples and", age.seconds, "s old")
default: print("the base model")
}
