/// Parameters by name, in the order of their names.
///
/// ```swift
/// var weights = Weights()
/// weights["user.bias"] = try WeightTensor(shape: [2], values: [0.5, -1])
/// print(weights.names, weights.parameterCount)  // ["user.bias"] 2
/// ```
///
/// Look-up costs the logarithm of the number of tensors, a new name shifts the ones behind it.
public struct Weights: Sendable, Equatable {
    /// The names in ascending order.
    public private(set) var names: [String] = []
    /// The tensor of each name.
    private var tensors: [WeightTensor] = []

    /// Creates an empty collection.
    public init() {}

    /// Creates a collection from a dictionary.
    public init(_ tensors: [String: WeightTensor]) {
        names = Array(tensors.keys).ascending()
        self.tensors = names.compactMap { tensors[$0] }
    }

    /// Creates a collection of values that lie one after the other, as a generator makes them.
    ///
    /// - Parameters:
    ///   - values: Those of the first tensor, of the second, and so on; more are passed over.
    ///   - tensors: Name and shape of each.
    /// - Throws: ``WeightTensorError`` where values are fewer, or a shape is none.
    public init(
        _ values: ArraySlice<Float>,
        of tensors: some Sequence<(name: String, shape: [Int])>
    ) throws(WeightTensorError) {
        var rest = values
        for (name, shape) in tensors {
            let count = try WeightTensor.elementCount(of: shape)
            self[name] = try WeightTensor(shape: shape, values: Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
    }

    /// The tensor of a name; assign to add or replace it, assign `nil` to remove it.
    public subscript(name: String) -> WeightTensor? {
        get {
            let slot = slot(of: name)
            return slot.found ? tensors[slot.index] : nil
        }
        set {
            let slot = slot(of: name)
            switch (newValue, slot.found) {
            case (let tensor?, true): tensors[slot.index] = tensor
            case (let tensor?, false):
                names.insert(name, at: slot.index)
                tensors.insert(tensor, at: slot.index)
            case (nil, true):
                names.remove(at: slot.index)
                tensors.remove(at: slot.index)
            case (nil, false): break
            }
        }
    }

    /// Number of values in all tensors together.
    public var parameterCount: Int { tensors.reduce(0) { $0 + $1.values.count } }

    /// Bytes that the values take in memory: 4 for each.
    public var byteCount: Int { parameterCount * MemoryLayout<Float>.size }

    /// Where a name is, or where it belongs if it is not there.
    private func slot(of name: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = names.count
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < name { low = middle + 1 } else { high = middle }
        }
        return (low, low < names.count && names[low] == name)
    }
}
