/// The gradients of steps. That of a value lies in memory of its own, at the offset that the value has in the device's.
struct Backpropagation {
    /// The memory with static weights, dynamic ones and values, as the steps left them, and how many rows these have.
    let execution: Execution
    /// Where gradients are added.
    let gradients: UnsafeMutablePointer<Lanes>

    /// Adds to the gradients of what the steps read, the last step first.
    func run(_ steps: [LearnableStep]) {
        // A buffer, so that the loop neither retains nor checks.
        steps.withUnsafeBufferPointer { buffer in
            for index in buffer.indices.reversed() { run(buffer[index]) }
        }
    }

    @inline(__always)
    private func value(_ operand: Operand) -> UnsafePointer<Lanes> { UnsafePointer(execution.pointer(operand)) }

    @inline(__always)
    private func gradient(_ operand: Operand) -> UnsafeMutablePointer<Lanes> { gradients + operand.offset }

    private func run(_ step: LearnableStep) {
        let rows = execution.count(step.rows)
        switch step.step {
        case .dense: dense(step, rows)
        case .unit: unit(step, rows)
        case .position(let x, _, _, let lanes, let out): pass(out, to: x, rows, lanes)
        case .mean(let x, let lanes, let out):
            let share = 1 / Float(max(1, rows))
            spread(out, to: x, rows, lanes) { _ in share }
        case .last(let x, let lanes, let out): spread(out, to: x, rows, lanes) { $0 == rows - 1 ? 1 : 0 }
        case .weightedSum(let x, let weight, let lanes, let out):
            spread(out, to: x, rows, lanes) { execution.plan[weight + rows - 1 - $0][0] }
        case .pack(let x, let width, let out):
            let source = gradient(out).elements
            for row in 0..<rows {
                let target = (gradient(x) + row * x.stride).elements
                for place in 0..<width { target[place] += source[row * width + place] }
            }
        case .add(let x, let y, let lanes, let out):
            if step.needs.x { pass(out, to: x, rows, lanes) }
            if step.needs.y { pass(out, to: y, rows, lanes) }
        case .multiply(let x, let y, let lanes, let out):
            if step.needs.x { product(out, y, to: x, rows, lanes) }
            if step.needs.y { product(out, x, to: y, rows, lanes) }
        case .copy(let x, let width, let column, let out):
            guard step.needs.x else { return }
            for row in 0..<rows {
                let source = (gradient(out) + row * out.stride).elements + column
                let target = (gradient(x) + row * x.stride).elements
                for place in 0..<width { target[place] += source[place] }
            }
        case .dot(let x, let y, let lanes, let out):
            if step.needs.x { scaled(out, y, to: x, rows, lanes) }
            if step.needs.y { scaled(out, x, to: y, rows, lanes) }
        case .frame(let x, let frame, let out):
            frame.add(gradient(out).elements, to: gradient(x).elements, stride: x.stride * Lanes.scalarCount)
        case .convolve: convolution(step, rows)
        case .pool(let x, let kind, let sliding, let lanes, let out):
            Pooling(kind: kind, sliding: sliding, lanes: lanes).addGradient(value(x), gradient(out), to: gradient(x))
        default: break
        }
    }

    private func convolution(_ step: LearnableStep, _ rows: Int) {
        guard case .convolve(let x, let geometry, let weight, let bias, let activation, let out) = step.step else {
            return
        }
        let g = gradient(out)
        activation.differentiate(g, at: value(out), lanes: rows * geometry.outputs)
        let layer = ConvolutionGradient(geometry: geometry)
        if step.needs.weight { layer.addWeight(value(x).elements, g, to: gradient(weight)) }
        if step.needs.bias { layer.addBias(g, to: gradient(bias)) }
        if step.needs.x { layer.addImage(value(weight), g, to: gradient(x).elements) }
    }

    private func dense(_ step: LearnableStep, _ rows: Int) {
        guard case .dense(let x, let inputs, let weight, let bias, let outputs, let activation, let out) = step.step
        else { return }
        let layer = DenseGradient(inputs: execution.count(inputs), outputs: outputs)
        for row in 0..<rows {
            let g = gradient(out) + row * out.stride
            activation.differentiate(g, at: value(out) + row * out.stride, lanes: outputs)
            if step.needs.weight { layer.addWeight((value(x) + row * x.stride).elements, g, to: gradient(weight)) }
            if step.needs.bias {
                let sum = gradient(bias) + row * bias.stride
                for lane in 0..<outputs { sum[lane] += g[lane] }
            }
            if step.needs.x { layer.addInput(value(weight), g, to: (gradient(x) + row * x.stride).elements) }
        }
    }

    private func unit(_ step: LearnableStep, _ rows: Int) {
        guard case .unit(let x, let weight, let bias, let lanes, let activation, let out) = step.step else { return }
        for row in 0..<rows {
            let g = gradient(out) + row * out.stride
            activation.differentiate(g, at: value(out) + row * out.stride, lanes: 1)
            let slope = g[0][0]
            if step.needs.weight { add(value(x) + row * x.stride, times: slope, to: gradient(weight), lanes) }
            if step.needs.bias { gradient(bias)[0][0] += slope }
            if step.needs.x { add(value(weight), times: slope, to: gradient(x) + row * x.stride, lanes) }
        }
    }

    /// Adds the result's gradient to that of an input, row by row.
    private func pass(_ out: Operand, to x: Operand, _ rows: Int, _ lanes: Int) {
        for row in 0..<rows {
            let (source, target) = (gradient(out) + row * out.stride, gradient(x) + row * x.stride)
            for lane in 0..<lanes { target[lane] += source[lane] }
        }
    }

    /// Adds the gradient of one row to all rows, each with a weight.
    private func spread(_ out: Operand, to x: Operand, _ rows: Int, _ lanes: Int, _ weight: (Int) -> Float) {
        for row in 0..<rows { add(gradient(out), times: weight(row), to: gradient(x) + row * x.stride, lanes) }
    }

    /// Adds the result's gradient times the other factor.
    private func product(_ out: Operand, _ factor: Operand, to x: Operand, _ rows: Int, _ lanes: Int) {
        for row in 0..<rows {
            let (source, target) = (gradient(out) + row * out.stride, gradient(x) + row * x.stride)
            let factor = value(factor) + row * factor.stride
            for lane in 0..<lanes { target[lane].add(source[lane], times: factor[lane]) }
        }
    }

    /// Adds the other vector of an inner product, times the product's gradient.
    private func scaled(_ out: Operand, _ factor: Operand, to x: Operand, _ rows: Int, _ lanes: Int) {
        for row in 0..<rows {
            let slope = (gradient(out) + row * out.stride)[0][0]
            add(value(factor) + row * factor.stride, times: slope, to: gradient(x) + row * x.stride, lanes)
        }
    }

    @inline(__always)
    private func add(
        _ row: UnsafePointer<Lanes>,
        times factor: Float,
        to target: UnsafeMutablePointer<Lanes>,
        _ lanes: Int
    ) {
        for lane in 0..<lanes { target[lane].add(row[lane], times: factor) }
    }
}
