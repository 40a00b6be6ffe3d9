/// The gradients of steps. That of a value lies in memory of its own, at the offset that the value has in the device's.
struct Backpropagation {
    /// Static weights and tables.
    let plan: UnsafePointer<Lanes>
    /// Dynamic weights and values, as the steps left them.
    let values: UnsafePointer<Lanes>
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
    private func value(_ operand: Operand) -> UnsafePointer<Lanes> {
        switch operand.owner {
        case .plan: plan + operand.offset
        case .device: values + operand.offset
        }
    }

    @inline(__always)
    private func gradient(_ operand: Operand) -> UnsafeMutablePointer<Lanes> { gradients + operand.offset }

    private func run(_ step: LearnableStep) {
        let rows = step.rows
        switch step.step {
        case .dense: dense(step)
        case .unit: unit(step)
        case .position(let x, _, _, let lanes, let out): pass(out, to: x, step.x, rows, lanes)
        case .mean(let x, let lanes, let out):
            let share = 1 / Float(max(1, rows))
            spread(out, to: x, rows, lanes) { _ in share }
        case .last(let x, let lanes, let out): spread(out, to: x, rows, lanes) { $0 == rows - 1 ? 1 : 0 }
        case .weightedSum(let x, let weight, let lanes, let out):
            spread(out, to: x, rows, lanes) { plan[weight + rows - 1 - $0][0] }
        case .pack(let x, let width, let out):
            let source = gradient(out).elements
            for row in 0..<rows {
                let target = (gradient(x) + row * x.stride).elements
                for place in 0..<width { target[place] += source[row * width + place] }
            }
        case .add(let x, let y, let lanes, let out):
            pass(out, to: x, step.x, rows, lanes)
            if let second = step.y { pass(out, to: y, second, rows, lanes) }
        case .multiply(let x, let y, let lanes, let out):
            if step.x.isPersonal { product(out, y, to: x, rows, lanes) }
            if step.y?.isPersonal == true { product(out, x, to: y, rows, lanes) }
        case .copy(let x, let width, let column, let out):
            guard step.x.isPersonal else { return }
            for row in 0..<rows {
                let source = (gradient(out) + row * out.stride).elements + column
                let target = (gradient(x) + row * x.stride).elements
                for place in 0..<width { target[place] += source[place] }
            }
        case .dot(let x, let y, let lanes, let out):
            if step.x.isPersonal { scaled(out, y, to: x, rows, lanes) }
            if step.y?.isPersonal == true { scaled(out, x, to: y, rows, lanes) }
        default: break
        }
    }

    private func dense(_ step: LearnableStep) {
        guard
            case .dense(let x, .fixed(let inputs), let weight, let bias, let outputs, let activation, let out) = step
                .step
        else { return }
        let layer = DenseGradient(inputs: inputs, outputs: outputs)
        let isDynamic = weight.owner == .device
        for row in 0..<step.rows {
            let g = gradient(out) + row * out.stride
            activation.differentiate(g, at: value(out) + row * out.stride, lanes: outputs)
            if isDynamic {
                layer.addWeight((value(x) + row * x.stride).elements, g, to: gradient(weight))
                let sum = gradient(bias)
                for lane in 0..<outputs { sum[lane] += g[lane] }
            }
            if step.x.isPersonal {
                layer.addInput(value(weight), g, to: (gradient(x) + row * x.stride).elements)
            }
        }
    }

    private func unit(_ step: LearnableStep) {
        guard case .unit(let x, let weight, let bias, let lanes, let activation, let out) = step.step else { return }
        let isDynamic = weight.owner == .device
        for row in 0..<step.rows {
            let g = gradient(out) + row * out.stride
            activation.differentiate(g, at: value(out) + row * out.stride, lanes: 1)
            let slope = g[0][0]
            if isDynamic {
                add(value(x) + row * x.stride, times: slope, to: gradient(weight), lanes)
                gradient(bias)[0][0] += slope
            }
            if step.x.isPersonal { add(value(weight), times: slope, to: gradient(x) + row * x.stride, lanes) }
        }
    }

    /// Adds the result's gradient to that of an input, row by row.
    private func pass(_ out: Operand, to x: Operand, _ input: LearnableStep.Input, _ rows: Int, _ lanes: Int) {
        guard input.isPersonal else { return }
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
