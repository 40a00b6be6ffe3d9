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
            input = .vectors("x", length: size(), width: size())
            if flip() { last = add(.standardize, last) }
            last = window(last)
        default:
            input = .image("x", channels: pick(1...4), height: pick(6...14), width: pick(6...14))
            if flip() { last = add(.standardize, last) }
            last = image(last)
        }
        if nodes.isEmpty, flip() { last = add(.standardize, last) }
        for _ in 0..<pick(0...2) { last = vector(last) }
        let sample = flip() && last != "x" && !nodes.contains(where: \.operation.isDynamic) ? last : nil
        let output = add(.dense(units: pick(1...9), dynamic: flip()), last)
        return Architecture(name: "random", inputs: [input], nodes: nodes, output: output, sample: sample)
    }

    private mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func size() -> Int { pick(1...19) }
    private mutating func flip() -> Bool { Bool.random(using: &random) }

    private mutating func activation() -> Architecture.Activation {
        Architecture.Activation.allCases.randomElement(using: &random) ?? .tanh
    }

    private mutating func add(_ operation: Architecture.Operation, _ input: String, _ other: String? = nil) -> String {
        let name = "n\(nodes.count)"
        nodes.append(
            other.map { Architecture.Node(name, operation, input, $0) } ?? Architecture.Node(name, operation, input)
        )
        return name
    }

    private mutating func window(_ input: String) -> String {
        var last = input
        for _ in 0..<pick(1...3) {
            switch pick(0...4) {
            case 0: last = add(.position, last)
            case 1: last = add(.gru(units: size()), last)
            case 2: last = add(.layerNorm, last)
            case 3: last = add(.dense(units: size(), activation: activation(), dynamic: flip()), last)
            default:
                let same = add(.dense(units: 7, activation: activation()), last)
                last = add(.add, same, same)
            }
        }
        switch pick(0...3) {
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
            last = add(
                .convolution(
                    filters: pick(1...11),
                    kernel: pick(1...5),
                    stride: pick(1...2),
                    padding: .same,
                    activation: activation(),
                    dynamic: flip()
                ),
                last
            )
        }
        if nodes.last.map(isStrided) != true {
            last = add(.pooling(flip() ? .max : .average, size: 2, stride: pick(1...2)), last)
            last = add(.convolution(filters: pick(1...9), kernel: 1, padding: .valid, dynamic: flip()), last)
        }
        return flip() ? add(.flatten, last) : add(.mean, last)
    }

    /// Whether an image may have become too small for a window.
    private func isStrided(_ node: Architecture.Node) -> Bool {
        nodes.filter { if case .convolution(let layer) = $0.operation { layer.stride == 2 } else { false } }.count > 1
    }

    private mutating func vector(_ input: String) -> String {
        switch pick(0...3) {
        case 0: return add(.dense(units: size(), activation: activation(), dynamic: flip()), input)
        case 1: return add(.layerNorm, input)
        case 2:
            let other = add(.dense(units: size(), activation: activation(), dynamic: flip()), input)
            return add(.concatenate, input, other)
        default:
            let other = add(.dense(units: 6, activation: activation()), input)
            return add(.add, other, other)
        }
    }
}
