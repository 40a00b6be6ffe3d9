import MetaNetwork

/// A code that is learned in place of the dynamic layers that a basis makes of it. All of its memory is taken when it is made.
final class LearnedCode: Sendable {
    /// Rows of the basis, each laid out as the dynamic tensors one after the other, padding of zeros included.
    private let rows: Arena
    /// The code.
    let values: Arena
    /// Its gradient.
    let gradients: Arena
    private let rank: Int
    /// Where the dynamic tensors are in a device's memory.
    private let tensors: [LearnableStep.Region]
    private let rowLanes: Int

    /// Where the code is in ``values``, and its gradient in ``gradients``.
    var region: [LearnableStep.Region] { [LearnableStep.Region(offset: 0, lanes: Lanes.count(for: rank))] }

    /// Lanes that it takes.
    static func lanes(_ rank: Int, tensorLanes: Int) -> Int {
        let (rows, overflow) = tensorLanes.multipliedReportingOverflow(by: rank)
        return overflow ? .max : rows
    }

    /// - Parameters:
    ///   - basis: A basis of the plan's model.
    ///   - code: What to start with.
    init(_ basis: WeightBasis, _ code: [Float], _ plan: DevicePlan, _ tensors: [LearnableStep.Region]) {
        (rank, self.tensors) = (basis.rank, tensors)
        rowLanes = tensors.reduce(0) { $0 + $1.lanes }
        rows = Arena(count: rank * rowLanes)
        values = Arena(count: Lanes.count(for: rank))
        gradients = Arena(count: Lanes.count(for: rank))
        for row in 0..<rank {
            var place = rows.base + row * rowLanes
            for tensor in plan.dynamicTensors {
                tensor.matrix.pack(basis.row(row, of: tensor.name.text), into: place)
                place += tensor.matrix.lanes
            }
        }
        for (place, value) in code.enumerated() where place < rank { values.base.elements[place] = value }
    }

    /// The code as it is.
    var code: [Float] { Array(UnsafeBufferPointer(start: values.base.elements, count: rank)) }

    /// Makes the dynamic tensors of the code.
    func expand(into memory: UnsafeMutablePointer<Lanes>) {
        var place = 0
        for tensor in tensors {
            for lane in 0..<tensor.lanes {
                var sum = Lanes()
                for row in 0..<rank {
                    sum.add(rows.base[row * rowLanes + place + lane], times: values.base.elements[row])
                }
                memory[tensor.offset + lane] = sum
            }
            place += tensor.lanes
        }
    }

    /// Makes the code's gradient of that of the dynamic tensors.
    func project(from memory: UnsafePointer<Lanes>) {
        for row in 0..<rank {
            var (sum, place) = (Lanes(), rows.base + row * rowLanes)
            for tensor in tensors {
                for lane in 0..<tensor.lanes { sum.add(place[lane], times: memory[tensor.offset + lane]) }
                place += tensor.lanes
            }
            gradients.base.elements[row] = sum.total
        }
    }
}
