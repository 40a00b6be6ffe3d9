import MetaNetwork
import MetaNetworkData

/// Makes valid architectures over vectors, windows of them and images at random, of which a device can learn the personal part: behind a
/// dynamic layer comes no node without a gradient there, and before it anything.
struct RandomLearnableArchitecture {
    private var random: SeededGenerator
    private var nodes: [Architecture.Node] = []
    /// Nodes that depend on a dynamic layer.
    private var personal: Set<String> = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func make() -> Architecture {
        let input: Architecture.Input
        var last = "x"
        switch pick(0...2) {
        case 0:
            let width = size()
            input = .vector("x", width: width)
            last = whitened(last)
            last = flip() ? scaled(last, width: width) : flip() ? add(.layerNorm(), last) : last
        case 1:
            let (length, width) = (pick(1...9), size())
            input = .vectors("x", length: length, width: width)
            last = window(whitened(last), width: width)
        default:
            let (channels, height, width) = (pick(1...4), pick(2...7), pick(2...7))
            input = .image("x", channels: channels, height: height, width: width)
            last = image(whitened(last), channels: channels)
        }
        for _ in 0..<pick(0...3) { last = vector(last) }
        let isDynamic = personal.isEmpty || flip()
        let output = add(.dense(units: pick(1...9), activation: activation(), dynamic: isDynamic), last)
        return Architecture(name: "random", inputs: [input], nodes: nodes, output: output)
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
        if operation.isDynamic || inputs.contains(where: personal.contains) { personal.insert(name) }
        return name
    }

    private mutating func whitened(_ input: String) -> String { flip() ? add(.standardize, input) : input }

    /// `value + value ⊙ γ + β`, as the form `film`; or a part of it.
    private mutating func scaled(_ value: String, width: Int) -> String {
        switch pick(0...2) {
        case 0: return add(.add, value, add(.personal(width: width)))
        case 1: return add(.multiply, value, add(.personal(width: width)))
        default:
            let product = add(.multiply, value, add(.personal(width: width)))
            return add(.add, add(.add, value, product), add(.personal(width: width)))
        }
    }

    private mutating func dense(_ input: String, units: Int) -> String {
        add(.dense(units: units, activation: activation(), dynamic: flip()), input)
    }

    /// Rows of a window, and one vector of them.
    private mutating func window(_ input: String, width: Int) -> String {
        var (last, width) = (input, width)
        for _ in 0..<pick(0...1) { last = add(flip() ? .gru(units: width) : .selfAttention(heads: 1), last) }
        for _ in 0..<pick(0...3) {
            switch pick(0...3) {
            case 0: last = add(flip() ? .position : .order, last)
            case 1: last = scaled(last, width: width)
            default:
                width = size()
                last = dense(last, units: width)
                if flip() { last = add(flip() ? .add : .multiply, last, dense(last, units: width)) }
            }
        }
        return add([.flatten, .mean, .last, .weightedSum][pick(0...3)], last)
    }

    /// Pixels of an image, and one vector of them.
    private mutating func image(_ input: String, channels: Int) -> String {
        var (last, width) = (input, channels)
        if flip() {
            width = pick(1...9)
            last = add(.convolution(filters: width, kernel: pick(1...3), activation: activation()), last)
            if flip() { last = add(.pooling(.max, size: 2, stride: 1), last) }
        }
        for _ in 0..<pick(0...2) {
            if flip() {
                last = scaled(last, width: width)
            } else {
                width = size()
                last = dense(last, units: width)
            }
        }
        if !personal.contains(last), flip() { return add(.spread, last) }
        return add(flip() ? .flatten : .mean, last)
    }

    private mutating func vector(_ input: String) -> String {
        let units = size()
        switch pick(0...6) {
        case 0: return add(.concatenate, add(.personal(width: units)), input)
        case 1: return scaled(dense(input, units: units), width: units)
        case 2: return add(.concatenate, input, dense(input, units: units), dense(input, units: size()))
        case 3:
            let product = add(.dot, dense(input, units: units), dense(input, units: units))
            return add(.concatenate, product, input)
        case 4: return add(.dropout(rate: 0.5), dense(input, units: units))
        case 5:
            let other = dense(input, units: units)
            return add(flip() ? .add : .multiply, other, flip() ? other : dense(input, units: units))
        default: return dense(input, units: units)
        }
    }
}
