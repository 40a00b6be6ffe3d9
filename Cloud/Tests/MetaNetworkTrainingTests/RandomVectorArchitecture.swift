import MetaNetwork
import MetaNetworkData

/// Makes valid architectures over vectors, windows of them and images at random, every operation among them.
struct RandomVectorArchitecture {
    private var random: SeededGenerator
    private var nodes: [Architecture.Node] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func make() -> Architecture {
        let input: Architecture.Input
        var last = "x"
        switch Int.random(in: 0..<3, using: &random) {
        case 0: input = .vector("x", width: size())
        case 1:
            let width = size()
            input = .vectors("x", length: size(), width: width)
            if flip() { last = add(.standardize, last) }
            last = window(combined(last, width: width))
        default:
            let channels = pick(1...4)
            input = .image("x", channels: channels, height: pick(6...14), width: pick(6...14))
            if flip() { last = add(.standardize, last) }
            last = image(combined(last, width: channels))
        }
        if nodes.isEmpty, flip() { last = add(.standardize, last) }
        for _ in 0..<pick(0...2) { last = vector(last) }
        let sample = flip() && last != "x" && !nodes.contains(where: \.operation.isDynamic) ? last : nil
        let output = add(.dense(units: pick(1...9), dynamic: flip()), last)
        return Architecture(name: "random", inputs: [input], nodes: nodes, output: output, sample: sample)
    }

    /// The same of two to four inputs, each of which becomes a vector; tokens may be among them.
    mutating func makeSeveral() -> Architecture {
        let (length, tokens) = (size(), ["on", "off", "unsure"])
        var inputs: [Architecture.Input] = []
        var (vectors, sample): ([String], String?) = ([], nil)
        for place in 0..<pick(2...4) {
            let name = "x\(place)"
            switch pick(0...3) {
            case 0:
                inputs.append(.vector(name, width: size()))
                vectors.append(flip() ? add(.standardize, name) : name)
            case 1:
                inputs.append(.vectors(name, length: length, width: size()))
                vectors.append(window(flip() ? add(.standardize, name) : name))
            case 2:
                inputs.append(.image(name, channels: pick(1...4), height: pick(6...14), width: pick(6...14)))
                vectors.append(image(flip() ? add(.standardize, name) : name))
            default:
                inputs.append(.token(name, tokens))
                // Two tokens share a table.
                vectors.append(add(.embedding(table: "tokens", width: 5), name))
                sample = vectors.last
            }
        }
        var node = Architecture.Node("joined", .concatenate)
        node.inputs = vectors
        nodes.append(node)
        if sample == nil, flip(), !nodes.contains(where: \.operation.isDynamic) { sample = "joined" }
        let output = add(.dense(units: pick(1...9), dynamic: flip()), vector("joined"))
        return Architecture(name: "several", inputs: inputs, nodes: nodes, output: output, sample: sample)
    }

    private mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func size() -> Int { pick(1...19) }
    private mutating func flip() -> Bool { Bool.random(using: &random) }

    private mutating func activation() -> Architecture.Activation {
        Architecture.Activation.allCases.randomElement(using: &random) ?? .tanh
    }

    private mutating func add(_ operation: Architecture.Operation, _ inputs: String...) -> String {
        let name = "n\(nodes.count)"
        var node = Architecture.Node(name, operation)
        node.inputs = inputs
        nodes.append(node)
        return name
    }

    /// The value, sometimes scaled or shifted by a personal vector.
    private mutating func combined(_ value: String, width: Int) -> String {
        guard pick(0...2) == 0 else { return value }
        return add(flip() ? .add : .multiply, value, add(.personal(width: width)))
    }

    private mutating func window(_ input: String) -> String {
        var last = input
        for _ in 0..<pick(1...3) {
            switch pick(0...6) {
            case 0: last = add(flip() ? .position : .order, last)
            case 4: last = add(.selfAttention(heads: flip() ? 2 : 4), add(.dense(units: 8), last))
            case 5: last = add(.selfAttention(heads: 1), last)
            case 1: last = add(.gru(units: size()), last)
            case 2: last = add(.layerNorm(), last)
            case 3: last = add(.dense(units: size(), activation: activation(), dynamic: flip()), last)
            default:
                let same = add(.dense(units: 7, activation: activation()), last)
                last = combined(add(flip() ? .add : .multiply, same, same), width: 7)
            }
        }
        switch pick(0...4) {
        case 4: return add(.spread, last)
        case 0: return add(.flatten, last)
        case 1: return add(.mean, last)
        case 2: return add(.last, last)
        default:
            let query = add(.dense(units: 8), add(.last, last))
            return add(.attention(heads: flip() ? 2 : 4), query, last)
        }
    }

    private mutating func image(_ input: String) -> String {
        var last = input
        for _ in 0..<pick(1...3) {
            let filters = pick(1...11)
            last = add(
                .convolution(
                    filters: filters,
                    kernel: pick(1...5),
                    stride: pick(1...2),
                    padding: .same,
                    activation: activation(),
                    dynamic: flip()
                ),
                last
            )
            last = combined(last, width: filters)
        }
        if nodes.last.map(isStrided) != true {
            last = add(.pooling(flip() ? .max : .average, size: 2, stride: pick(1...2)), last)
            last = add(.convolution(filters: pick(1...9), kernel: 1, padding: .valid, dynamic: flip()), last)
        }
        return add([.flatten, .mean, .spread][pick(0...2)], last)
    }

    /// Whether an image may have become too small for a window.
    private func isStrided(_ node: Architecture.Node) -> Bool {
        nodes.filter { if case .convolution(let layer) = $0.operation { layer.stride == 2 } else { false } }.count > 1
    }

    private mutating func vector(_ input: String) -> String {
        switch pick(0...5) {
        case 0: return add(.dense(units: size(), activation: activation(), dynamic: flip()), input)
        case 3: return add(.concatenate, add(.personal(width: size())), input)
        case 4:
            let units = size()
            return combined(add(.dense(units: units, activation: activation()), input), width: units)
        case 1: return add(.layerNorm(), input)
        case 2:
            let other = add(.dense(units: size(), activation: activation(), dynamic: flip()), input)
            return add(.concatenate, input, other)
        default:
            let other = add(.dense(units: 6, activation: activation()), input)
            return add(flip() ? .add : .multiply, other, other)
        }
    }
}

extension ModelGraph {
    /// A row of drawn values, a token's among its numbers.
    func randomRow(_ draw: () -> Float) -> [Float] {
        inputs.flatMap { input in
            (0..<input.shape.count).map { _ in
                guard let tokens = input.tokens else { return draw() }
                return Float(Int(draw().magnitude * 10) % (tokens.count + 1))
            }
        }
    }

    /// The row with one of several inputs missing, another for each number; 0 leaves it as it is.
    func missing(_ number: Int, of row: [Float]) -> [Float] {
        guard mayMissInputs, !inputs.isEmpty, number > 0 else { return row }
        var row = row
        for place in inputs[number % inputs.count].range { row[place] = .nan }
        return row
    }
}
