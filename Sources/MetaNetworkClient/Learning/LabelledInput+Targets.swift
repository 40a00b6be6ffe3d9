import MetaNetwork
import MetaNetworkDevice

extension BundleManifest.Outputs {
    /// What is right for labelled inputs, as a solver reads it.
    ///
    /// - Parameters:
    ///   - examples: The inputs.
    ///   - model: The model's name, for the message.
    /// - Throws: ``ClientError/invalidInput(reason:)`` where a label is none of the classes, or the model gives something else.
    func targets(of examples: [LabelledInput], _ model: String) throws(ClientError) -> Solver.Targets {
        var (classes, values) = ([Int](), [[Float]]())
        for (number, example) in examples.enumerated() {
            switch (kind, example.target) {
            case (.classification, .label(let label)):
                guard let index = names.firstIndex(of: label) else {
                    let known = names.prefix(20).joined(separator: "', '")
                    let reason = "example \(number) has the label '\(label)'; the classes of '\(model)' are '\(known)'"
                    throw .invalidInput(reason: reason + (names.count > 20 ? " and others" : ""))
                }
                classes.append(index)
            case (.regression, .values(let row)): values.append(row)
            case (.classification, .values):
                throw .invalidInput(reason: "example \(number) has values; '\(model)' tells classes: give a label")
            case (.regression, .label):
                throw .invalidInput(reason: "example \(number) has a label; '\(model)' predicts values: give those")
            }
        }
        return kind == .classification ? .classes(classes) : .values(values)
    }
}
