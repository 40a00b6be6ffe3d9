import CMetaNetworkDevice
import MetaNetwork
import MetaNetworkDevice

extension Handle {
    /// Values of the output of a model over vectors; 0 for one that ranks items.
    var outputs: Int { model.graph.ranksItems ? 0 : model.graph.outputWidth }
}

/// Scores candidates. The header says the rest.
@c @implementation
public func metanetwork_score(
    _ model: OpaquePointer?,
    _ history: UnsafePointer<Int32>?,
    _ history_count: Int,
    _ candidates: UnsafePointer<Int32>?,
    _ candidate_count: Int,
    _ scores: UnsafeMutablePointer<Float>?,
    _ error: UnsafeMutablePointer<CChar>?,
    _ error_bytes: Int
) -> Int32 {
    ErrorText(error, error_bytes).run(or: -1) {
        let handle = try Handle.open(model)
        try handle.model.requireRanking()
        try Handle.copy(history, history_count, named: "history", to: &handle.history)
        try Handle.copy(candidates, candidate_count, named: "candidates", to: &handle.candidates)
        _ = try Handle.memory(UnsafePointer(scores), candidate_count, named: "scores")
        handle.model.score(history: handle.history, candidates: handle.candidates, into: &handle.values)
        for place in 0..<candidate_count { scores?[place] = handle.values[place] }
        return 0
    }
}

/// The best items of the catalogue. The header says the rest.
@c @implementation
public func metanetwork_top(
    _ model: OpaquePointer?,
    _ history: UnsafePointer<Int32>?,
    _ history_count: Int,
    _ excluded: UnsafePointer<Int32>?,
    _ excluded_count: Int,
    _ count: Int,
    _ items: UnsafeMutablePointer<Int32>?,
    _ scores: UnsafeMutablePointer<Float>?,
    _ error: UnsafeMutablePointer<CChar>?,
    _ error_bytes: Int
) -> Int {
    ErrorText(error, error_bytes).run(or: -1) {
        let handle = try Handle.open(model)
        try handle.model.requireRanking()
        try Handle.copy(history, history_count, named: "history", to: &handle.history)
        let excluded = try Handle.memory(excluded, excluded_count, named: "excluded")
        _ = try Handle.memory(UnsafePointer(items), count, named: "items")
        _ = try Handle.memory(UnsafePointer(scores), count, named: "scores")
        let best = handle.model.topItems(count, history: handle.history, excluding: Set(excluded.lazy.map { Int($0) }))
        for (place, item) in best.enumerated() {
            items?[place] = Int32(clamping: item.index)
            scores?[place] = item.score
        }
        return best.count
    }
}

/// What rankings read beside history and candidate. The header says the rest.
@c @implementation
public func metanetwork_context(
    _ model: OpaquePointer?,
    _ values: UnsafePointer<Float>?,
    _ value_count: Int,
    _ error: UnsafeMutablePointer<CChar>?,
    _ error_bytes: Int
) -> Int32 {
    ErrorText(error, error_bytes).run(or: -1) {
        let handle = try Handle.open(model)
        let row = try Handle.memory(values, value_count, named: "values")
        try handle.model.useContext(values == nil ? nil : Array(row))
        return 0
    }
}

/// What a model over vectors makes of an input. The header says the rest.
@c @implementation
public func metanetwork_run(
    _ model: OpaquePointer?,
    _ input: UnsafePointer<Float>?,
    _ input_count: Int,
    _ output: UnsafeMutablePointer<Float>?,
    _ output_count: Int,
    _ error: UnsafeMutablePointer<CChar>?,
    _ error_bytes: Int
) -> Int32 {
    ErrorText(error, error_bytes).run(or: -1) {
        let handle = try Handle.open(model)
        let row = try Handle.memory(input, input_count, named: "input")
        _ = try Handle.memory(UnsafePointer(output), output_count, named: "output")
        // Before the size of the output: a model that ranks items has none.
        try handle.model.outputs(of: Array(row), into: &handle.values)
        guard output_count == handle.outputs else {
            throw Refusal("output has \(output_count) values, and the model gives \(handle.outputs); give that many")
        }
        for place in 0..<output_count { output?[place] = handle.values[place] }
        return 0
    }
}

/// The embedding of an item. The header says the rest.
@c @implementation
public func metanetwork_embedding(
    _ model: OpaquePointer?,
    _ item: Int32,
    _ values: UnsafeMutablePointer<Float>?,
    _ value_count: Int
) -> Int {
    guard let handle = try? Handle.open(model), let embedding = handle.model.sampleEmbedding(of: Int(item)) else {
        return 0
    }
    guard let values else { return embedding.count }
    guard embedding.count <= value_count else { return 0 }
    for (place, value) in embedding.enumerated() { values[place] = value }
    return embedding.count
}
