/// Runs instructions on the memory of a plan and of a device.
struct Execution {
    let plan: UnsafeMutablePointer<Lanes>
    let device: UnsafeMutablePointer<Lanes>
    /// Indices of the history, oldest first; at least one.
    let samples: UnsafeBufferPointer<Int>
    /// Indices of the candidates of the block.
    let candidates: UnsafeBufferPointer<Int>
    /// Largest index of the catalogue; indices outside it read the padding's row, 0.
    let itemCount: Int

    func run(_ instructions: [Instruction]) { run(instructions[...]) }

    func run(_ instructions: ArraySlice<Instruction>) {
        // A buffer, so that the loop neither retains nor checks.
        instructions.withUnsafeBufferPointer { buffer in
            for instruction in buffer { run(instruction) }
        }
    }

    @inline(__always)
    func pointer(_ operand: Operand) -> UnsafeMutablePointer<Lanes> {
        switch operand.owner {
        case .plan: plan + operand.offset
        case .device: device + operand.offset
        }
    }

    /// How many rows a step has here.
    func count(_ rows: RowCount) -> Int {
        switch rows {
        case .one: 1
        case .samples: samples.count
        case .heads(let heads): samples.count * heads
        case .candidates: candidates.count
        case .fixed(let count): count
        }
    }

    func run(_ instruction: Instruction) {
        let rows = count(instruction.rows)
        switch instruction.step {
        case .gather(let table, let lanes, let out):
            let isHistory = if case .samples = instruction.rows { true } else { false }
            gather(isHistory ? samples : candidates, table: plan + table, lanes, out)
        case .token(let x, let count, let table, let lanes, let out):
            let number = UnsafePointer(pointer(x)).elements[0]
            let index = number >= 1 && number <= Float(count) && number == number.rounded() ? Int(number) : 0
            pointer(out).update(from: plan + table + index * lanes, count: lanes)
        case .dense(let x, let inputs, let weight, let bias, let outputs, let activation, let out):
            let layer = DenseLayer(
                weight: pointer(weight),
                bias: pointer(bias),
                biasStride: bias.stride,
                inputs: count(inputs),
                outputs: outputs,
                activation: activation
            )
            layer.apply(pointer(x), stride: x.stride, rows: rows, out: pointer(out), outStride: out.stride)
        case .unit(let x, let weight, let bias, let lanes, let activation, let out):
            let unit = DenseUnit(weight: pointer(weight), bias: pointer(bias)[0], lanes: lanes, activation: activation)
            unit.apply(pointer(x), stride: x.stride, rows: rows, out: pointer(out), outStride: out.stride)
        case .position(let x, let table, let oldestFirst, let lanes, let out):
            for row in 0..<rows {
                let place = plan + table + (oldestFirst ? row : rows - 1 - row) * lanes
                sum(pointer(x) + row * x.stride, place, lanes, pointer(out) + row * out.stride)
            }
        case .standardize(let x, let mean, let scale, let lanes, let out):
            for row in 0..<rows {
                let (source, target) = (pointer(x) + row * x.stride, pointer(out) + row * out.stride)
                for lane in 0..<lanes { target[lane] = (source[lane] - plan[mean + lane]) * plan[scale + lane] }
            }
        case .layerNorm(let x, let width, let scale, let bias, let epsilon, let out):
            let norm = LayerNorm(width: width, scale: plan + scale, bias: plan + bias, epsilon: epsilon)
            for row in 0..<rows { norm.apply(pointer(x) + row * x.stride, pointer(out) + row * out.stride) }
        case .attend(let query, let memory, let memoryRows, let heads, let lanes, let out):
            let attention = Attention(memory: pointer(memory), samples: count(memoryRows), heads: heads, lanes: lanes)
            for row in 0..<rows {
                attention.apply(pointer(query) + row * query.stride, pointer(out) + row * out.stride)
            }
        case .attendCausally(let queries, let memory, let heads, let lanes, let out):
            for row in 0..<rows {
                let attention = Attention(memory: pointer(memory), samples: row + 1, heads: heads, lanes: lanes)
                attention.apply(pointer(queries) + row * queries.stride, pointer(out) + row * out.stride)
            }
        case .transpose(let x, let heads, let width, let columns, let out):
            let columns = HeadColumns(heads: heads, width: width, lanes: columns)
            columns.write(pointer(x), stride: x.stride, samples: rows, to: pointer(out))
        case .softmax(let x, let heads):
            let softmax = Softmax(heads: heads, samples: samples.count)
            for row in 0..<rows { softmax.apply(to: pointer(x) + row * x.stride) }
        case .recur(let gates, let weight, let bias, let units, let lanes, let out):
            let unit = RecurrentUnit(weight: plan + weight, bias: plan + bias, units: units, lanes: lanes)
            unit.apply(pointer(gates), steps: rows, states: pointer(out))
        case .last(let x, let lanes, let out):
            pointer(out).update(from: pointer(x) + (rows - 1) * x.stride, count: lanes)
        case .weightedSum(let x, let weight, let lanes, let out):
            let target = pointer(out)
            for lane in 0..<lanes {
                var sum = Lanes()
                for row in 0..<rows { sum += (pointer(x) + row * x.stride)[lane] * plan[weight + rows - 1 - row][0] }
                target[lane] = sum
            }
        case .mean(let x, let lanes, let out): mean(pointer(x), x.stride, rows: rows, lanes, pointer(out))
        case .spread(let x, let width, let out):
            Spread(width: width).apply(pointer(x), stride: x.stride, rows: rows, to: pointer(out))
        case .pack(let x, let width, let out):
            for row in 0..<rows {
                let source = (pointer(x) + row * x.stride).elements
                (pointer(out).elements + row * width).update(from: source, count: width)
            }
        case .frame(let x, let frame, let out):
            frame.copy(pointer(x).elements, stride: x.stride * Lanes.scalarCount, to: pointer(out).elements)
        case .convolve(let x, let geometry, let weight, let bias, let activation, let out):
            let layer = Convolution(
                geometry: geometry,
                weight: pointer(weight),
                bias: pointer(bias),
                activation: activation
            )
            layer.apply(pointer(x).elements, pointer(out))
        case .pool(let x, let kind, let sliding, let lanes, let out):
            Pooling(kind: kind, sliding: sliding, lanes: lanes).apply(pointer(x), pointer(out))
        case .add(let x, let y, let lanes, let out):
            for row in 0..<rows {
                sum(pointer(x) + row * x.stride, pointer(y) + row * y.stride, lanes, pointer(out) + row * out.stride)
            }
        case .multiply(let x, let y, let lanes, let out):
            for row in 0..<rows {
                let (left, right, target) = (
                    pointer(x) + row * x.stride, pointer(y) + row * y.stride, pointer(out) + row * out.stride
                )
                for lane in 0..<lanes { target[lane] = left[lane] * right[lane] }
            }
        case .copy(let x, let width, let column, let out):
            for row in 0..<rows {
                let target = (pointer(out) + row * out.stride).elements + column
                target.update(from: (pointer(x) + row * x.stride).elements, count: width)
            }
        case .dot(let x, let y, let lanes, let out):
            for row in 0..<rows {
                let product = Lanes.dot(pointer(x) + row * x.stride, pointer(y) + row * y.stride, lanes)
                pointer(out)[row * out.stride] = Lanes(product, 0, 0, 0, 0, 0, 0, 0)
            }
        }
    }

    /// A score as it is given out: never NaN, and minus infinity for an item that is not in the catalogue.
    @inline(__always)
    func score(_ value: Float, of index: Int) -> Float {
        index > 0 && index <= itemCount && !value.isNaN ? value : -.infinity
    }

    /// An index of the catalogue as it is, any other as the padding's.
    @inline(__always)
    private func known(_ index: Int) -> Int { index > 0 && index <= itemCount ? index : 0 }

    private func gather(_ indices: UnsafeBufferPointer<Int>, table: UnsafePointer<Lanes>, _ lanes: Int, _ out: Operand)
    {
        var target = pointer(out)
        for index in indices {
            target.update(from: table + known(index) * lanes, count: lanes)
            target += out.stride
        }
    }

    @inline(__always)
    private func sum(
        _ x: UnsafePointer<Lanes>,
        _ y: UnsafePointer<Lanes>,
        _ lanes: Int,
        _ out: UnsafeMutablePointer<Lanes>
    ) {
        for lane in 0..<lanes { out[lane] = x[lane] + y[lane] }
    }

    private func mean(
        _ x: UnsafePointer<Lanes>,
        _ stride: Int,
        rows: Int,
        _ lanes: Int,
        _ out: UnsafeMutablePointer<Lanes>
    ) {
        let share = 1 / Float(max(1, rows))
        for lane in 0..<lanes {
            var sum = Lanes()
            for row in 0..<rows { sum += x[row * stride + lane] }
            out[lane] = sum * share
        }
    }
}
