import MetaNetwork
import MetaNetworkData

/// Makes valid architectures at random, every operation among them.
struct RandomArchitecture {
    private var random: SeededGenerator
    private var nodes: [Architecture.Node] = []
    private var sequences: [Value] = []
    private var vectors: [Value] = []

    private struct Value {
        let name: String
        let width: Int
        var readsCandidate = false
    }

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// The same with one to three inputs beside history and candidate, the user's context: vectors and tokens.
    mutating func makeInContext() -> Architecture {
        var (context, values): ([Architecture.Input], [Value]) = ([], [])
        for place in 0..<Int.random(in: 1...3, using: &random) {
            let name = "c\(place)"
            if Int.random(in: 0..<3, using: &random) == 0 {
                context.append(.token(name, ["on", "off", "unsure"]))
                values.append(add(.embedding(table: "tokens", width: 5), 5, name))
            } else {
                let width = size()
                context.append(.vector(name, width: width))
                let isEven = Bool.random(using: &random)
                values.append(isEven ? add(.standardize, width, name) : Value(name: name, width: width))
            }
        }
        return make(context, values)
    }

    mutating func make() -> Architecture { make([], []) }

    /// - Parameters:
    ///   - context: Inputs beside history and candidate.
    ///   - values: Vectors of them, on all of which the result depends.
    private mutating func make(_ context: [Architecture.Input], _ values: [Value]) -> Architecture {
        let (width, targetWidth) = (size(), size())
        sequences = [add(.embedding(table: "items", width: width), width, "history")]
        let shared = Bool.random(using: &random)
        let table = shared ? "items" : "targets"
        let targets = shared ? width : targetWidth
        var target = add(.embedding(table: table, width: targets), targets, "candidate")
        target.readsCandidate = true
        vectors = [add(.last, width, sequences[0].name), target] + values
        for _ in 0..<Int.random(in: 2...9, using: &random) { grow() }
        var joined = add(
            .concatenate,
            vectors[vectors.count - 1].width + target.width,
            vectors[vectors.count - 1].name,
            target.name
        )
        var user = vectors.filter { $0.name != target.name }.randomElement(using: &random) ?? joined
        for value in values {
            joined = add(.concatenate, joined.width + value.width, joined.name, value.name)
            user = add(.concatenate, user.width + value.width, user.name, value.name)
        }
        score(user, joined, target)
        removeUnread()
        return Architecture(
            name: "random",
            inputs: [
                Architecture.Input(name: "history", kind: .items, length: Int.random(in: 1...19, using: &random)),
                Architecture.Input(name: "candidate", kind: .item),
            ] + context,
            nodes: nodes,
            output: nodes[nodes.count - 1].name
        )
    }

    /// Adds the output: a dense layer of everything, or an inner product.
    private mutating func score(_ user: Value, _ joined: Value, _ target: Value) {
        if Bool.random(using: &random) {
            _ = add(.dense(units: 1, activation: .identity, dynamic: Bool.random(using: &random)), 1, joined.name)
        } else {
            let side = add(
                .dense(units: user.width, activation: .tanh, dynamic: Bool.random(using: &random)),
                user.width,
                target.name
            )
            _ = add(.dot, 1, user.name, side.name)
        }
    }

    /// What is dynamic and nothing that the output depends on is not valid: layers become static, and personal vectors go, with what
    /// reads them.
    private mutating func removeUnread() {
        var read: Set<String> = [nodes[nodes.count - 1].name]
        for node in nodes.reversed() where read.contains(node.name) { read.formUnion(node.inputs) }
        var removed: Set<String> = []
        for index in nodes.indices where !read.contains(nodes[index].name) {
            if case .dense(var dense) = nodes[index].operation {
                dense.isDynamic = false
                nodes[index].operation = .dense(dense)
            }
            let isPersonal = if case .personal = nodes[index].operation { true } else { false }
            if isPersonal || !removed.isDisjoint(with: nodes[index].inputs) { removed.insert(nodes[index].name) }
        }
        nodes.removeAll { removed.contains($0.name) }
    }

    private mutating func size() -> Int { Int.random(in: 1...20, using: &random) }

    private mutating func add(_ operation: Architecture.Operation, _ width: Int, _ inputs: String...) -> Value {
        let name = "n\(nodes.count)"
        var node = Architecture.Node(name, operation)
        node.inputs = inputs
        nodes.append(node)
        let readsCandidate = (sequences + vectors).contains { $0.readsCandidate && inputs.contains($0.name) }
        return Value(name: name, width: width, readsCandidate: readsCandidate)
    }

    private mutating func pick(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &random)] }

    private mutating func grow() {
        let (sequence, vector) = (pick(sequences), pick(vectors))
        let activation = Architecture.Activation.allCases.randomElement(using: &random) ?? .tanh
        let units = size()
        let combination = Bool.random(using: &random) ? Architecture.Operation.add : .multiply
        switch Int.random(in: 0..<19, using: &random) {
        case 0: sequences.append(add(.position, sequence.width, sequence.name))
        case 1: sequences.append(add(.dense(units: units, activation: activation), units, sequence.name))
        case 2: sequences.append(add(.dense(units: units, activation: activation, dynamic: true), units, sequence.name))
        case 3: sequences.append(add(.gru(units: units), units, sequence.name))
        case 4: sequences.append(add(.layerNorm(), sequence.width, sequence.name))
        case 5: vectors.append(add(.last, sequence.width, sequence.name))
        case 11: vectors.append(add(.weightedSum, sequence.width, sequence.name))
        case 12:
            if units % 2 == 0 {
                vectors.append(add(.dropout(rate: 0.5), vector.width, vector.name))
            } else {
                sequences.append(add(.dropout(rate: 0.5), sequence.width, sequence.name))
            }
        case 6: vectors.append(add(.layerNorm(), vector.width, vector.name))
        case 7:
            vectors.append(
                add(.dense(units: units, activation: activation, dynamic: units % 2 == 0), units, vector.name)
            )
        case 8:
            let heads = [1, 2, 4].filter { vector.width % $0 == 0 }.randomElement(using: &random) ?? 1
            vectors.append(add(.attention(heads: heads), vector.width, vector.name, sequence.name))
        case 9:
            let other = pick(vectors)
            vectors.append(add(.concatenate, vector.width + other.width, vector.name, other.name))
        case 16: sequences.append(add(.order, sequence.width, sequence.name))
        case 17:
            let heads = [1, 2, 4].filter { sequence.width % $0 == 0 }.randomElement(using: &random) ?? 1
            sequences.append(add(.selfAttention(heads: heads), sequence.width, sequence.name))
        case 18: vectors.append(add(.spread, sequence.width, sequence.name))
        case 13: vectors.append(add(.personal(width: units), units))
        case 14:
            let own = add(.personal(width: vector.width), vector.width)
            vectors.append(add(combination, vector.width, vector.name, own.name))
        case 15:
            let same = vectors.filter { $0.width == sequence.width && !$0.readsCandidate }
            let other = same.randomElement(using: &random) ?? add(.personal(width: sequence.width), sequence.width)
            sequences.append(add(combination, sequence.width, sequence.name, other.name))
        default:
            let same = vectors.filter { $0.width == vector.width }
            vectors.append(add(combination, vector.width, vector.name, pick(same).name))
        }
    }
}
