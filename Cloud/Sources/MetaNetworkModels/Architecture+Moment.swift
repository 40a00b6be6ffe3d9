import MetaNetwork

extension Architecture {
    /// The same ranker, which reads further inputs: what is known of the moment of a choice.
    ///
    /// What the first dynamic layer reads, v, becomes v + v·γ + β, where γ and β are dense layers of the inputs one behind the other: values
    /// as they are where they are two, standardized where it is one, tokens by a table of their own. So the moment counts in what the layer
    /// makes of the history, and in the user's vector where that has v as a summand.
    ///
    /// - Parameter inputs: Vectors and tokens; one at least.
    /// - Throws: ``ModelError/unsuitable(_:)`` where no layer is dynamic; `ArchitectureError` where the architecture or an input is wrong.
    package func reading(_ inputs: [Input]) throws -> Architecture {
        let graph = try ModelGraph(self, itemCount: itemCount(of: 1))
        guard let first = graph.nodes.firstIndex(where: { $0.operation.isDynamic }),
            case .node(let source)? = graph.nodes[first].sources.first
        else {
            throw ModelError.unsuitable(
                "the architecture '\(name)' has no dynamic layer that a moment could be read before; give it inputs of its own"
            )
        }
        let (read, width) = (graph.nodes[source].name, graph.nodes[source].shape.width)
        var result = self
        result.inputs += inputs
        let (nodes, moment) = Self.moment(inputs)
        let added =
            nodes + [
                Node("moment scale", .dense(units: width), moment), Node("moment shift", .dense(units: width), moment),
                Node("moment product", .multiply, read, "moment scale"),
                Node("moment scaled", .add, read, "moment product"),
                Node("in the moment", .add, "moment scaled", "moment shift"),
            ]
        for index in first..<result.nodes.count {
            result.nodes[index].inputs = result.nodes[index].inputs.map { $0 == read ? "in the moment" : $0 }
        }
        result.nodes.insert(contentsOf: added, at: first)
        _ = try ModelGraph(result, itemCount: itemCount(of: 1))
        return result
    }

    /// Nodes that make one vector of some inputs, and the name of that vector.
    private static func moment(_ inputs: [Input]) -> (nodes: [Node], name: String) {
        var (nodes, names) = ([Node](), [String]())
        for input in inputs {
            if let tokens = input.tokens {
                let table = "\(input.name) tokens"
                // As wide as tokens need to be told apart.
                nodes.append(Node(table, .embedding(table: table, width: min(8, tokens.count + 1)), input.name))
                names.append(table)
            } else if input.width == 1 {
                nodes.append(Node("\(input.name) even", .standardize, input.name))
                names.append("\(input.name) even")
            } else {
                names.append(input.name)
            }
        }
        guard names.count > 1 else { return (nodes, names[0]) }
        var joined = Node("moment", .concatenate)
        joined.inputs = names
        return (nodes + [joined], joined.name)
    }
}
