#include "gru.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "device.h"
#include "gather.h"
#include "parallel.h"
#include "plain.h"
#include "product.h"
#include "vectors.h"

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A multiple of the rows of a product's tile.
constexpr int64_t smallest_piece = 6;

struct Sizes {
    int64_t rows, steps, units;
};

// Of one row and step. `recurrent` is h·U + c; `gates` keeps reset, update, new and the recurrent part of new for the
// backward pass.
CTORCH_VECTORIZED void step_forward(
    const float *__restrict input, const float *__restrict recurrent, const float *__restrict before,
    float *__restrict gates, float *__restrict after, int64_t units) {
    float *reset = gates, *update = gates + units, *fresh = gates + 2 * units, *kept = gates + 3 * units;
    for (int64_t k = 0; k < 2 * units; k++) gates[k] = input[k] + recurrent[k];
    int64_t k = 0;
    for (; k + lanes <= 2 * units; k += lanes) sigmoid(floats_at(gates + k));
    CTORCH_TAIL(gates, k, 2 * units, sigmoid)
    for (k = 0; k < units; k++) {
        kept[k] = recurrent[2 * units + k];
        fresh[k] = input[2 * units + k] + reset[k] * kept[k];
    }
    for (k = 0; k + lanes <= units; k += lanes) tanh(floats_at(fresh + k));
    CTORCH_TAIL(fresh, k, units, tanh)
    for (k = 0; k < units; k++) after[k] = fresh[k] + update[k] * (before[k] - fresh[k]);
}

// `gradient` is that of the state after the step but for what is `given` there; it becomes what reaches the state
// before the step past the product. The input's side and the recurrent side differ in the new gate alone, where the
// latter is multiplied by the reset gate.
CTORCH_VECTORIZED void step_backward(
    const float *__restrict gates, const float *__restrict before, const float *__restrict given,
    float *__restrict gradient, float *__restrict to_input, float *__restrict to_recurrent, float *__restrict to_bias,
    int64_t units) {
    const float *reset = gates, *update = gates + units, *fresh = gates + 2 * units, *kept = gates + 3 * units;
    for (int64_t k = 0; k < units; k++) {
        const float whole = gradient[k] + given[k];
        const float new_side = whole * (1 - update[k]) * (1 - fresh[k] * fresh[k]);
        const float reset_side = new_side * kept[k] * reset[k] * (1 - reset[k]);
        const float update_side = whole * (before[k] - fresh[k]) * update[k] * (1 - update[k]);
        to_input[k] = to_recurrent[k] = reset_side;
        to_input[units + k] = to_recurrent[units + k] = update_side;
        to_input[2 * units + k] = new_side;
        to_recurrent[2 * units + k] = new_side * reset[k];
        gradient[k] = whole * update[k];
    }
    add_scaled(to_bias, to_recurrent, 1, 3 * units);
}

// All states of all rows, [rows, steps, units]; gates go to `kept`, [rows, steps, 4·units], unless it is null: nobody
// who needs no gradient waits for memory that is written and never read.
Tensor walk(const Tensor &inputs, const Tensor &indices, const Tensor &weight, const Tensor &bias, float *kept) {
    const Sizes s{indices.size(0), indices.size(1), weight.size(0)};
    const int64_t units = s.units, gates = 3 * units;
    Tensor states = at::empty({s.rows, s.steps, units}, inputs.options());
    const float *xs = inputs.const_data_ptr<float>(), *start = bias.const_data_ptr<float>();
    const int64_t *items = indices.const_data_ptr<int64_t>();
    const Matrix u{weight.const_data_ptr<float>(), gates, 1};
    float *hs = states.mutable_data_ptr<float>();
    Pieces(s.rows, smallest_piece).each([&](int64_t, int64_t begin, int64_t end) {
        std::vector<float> recurrent((end - begin) * gates), zeros(units), scratch(4 * units);
        for (int64_t t = 0; t < s.steps; t++) {
            // There is no product with the zeros of the first step.
            const Matrix h{hs + (begin * s.steps + t - 1) * units, s.steps * units, 1};
            multiply(end - begin, gates, t == 0 ? 0 : units, h, u, start, 0, recurrent.data(), gates);
            for (int64_t row = begin; row < end; row++) {
                const int64_t at = row * s.steps + t;
                step_forward(
                    xs + items[at] * gates, &recurrent[(row - begin) * gates],
                    t == 0 ? zeros.data() : hs + (at - 1) * units, kept ? kept + at * 4 * units : scratch.data(),
                    hs + at * units, units);
            }
        }
    });
    return states;
}

class GRU : public torch::autograd::Function<GRU> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_inputs, const Tensor &indices, const Tensor &weight,
        const Tensor &bias) {
        const Tensor inputs = given_inputs.contiguous();
        Tensor kept = at::empty({indices.size(0), indices.size(1), 4 * weight.size(0)}, inputs.options());
        const Tensor states = walk(inputs, indices, weight, bias, kept.mutable_data_ptr<float>());
        context->saved_data["items"] = inputs.size(0);
        context->save_for_backward({indices, weight, kept, states});
        return states;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &indices = saved[0], &weight = saved[1], given = gradients[0].contiguous();
        const Sizes s{indices.size(0), indices.size(1), weight.size(0)};
        const int64_t units = s.units, gates = 3 * units;
        const Tensor transposed = weight.t().contiguous();
        const Pieces pieces(s.rows, smallest_piece);
        Tensor to_inputs = at::empty({s.rows, s.steps, gates}, given.options());
        Tensor to_weight = at::zeros({pieces.number, units, gates}, given.options());
        Tensor to_bias = at::zeros({pieces.number, gates}, given.options());
        const float *dy = given.const_data_ptr<float>(), *ks = saved[2].const_data_ptr<float>();
        const float *hs = saved[3].const_data_ptr<float>();
        const Matrix u{transposed.const_data_ptr<float>(), units, 1};
        float *dx = to_inputs.mutable_data_ptr<float>(), *dw = to_weight.mutable_data_ptr<float>();
        float *db = to_bias.mutable_data_ptr<float>();
        pieces.each([&](int64_t piece, int64_t begin, int64_t end) {
            const int64_t rows = end - begin;
            std::vector<float> recurrent(rows * s.steps * gates), carried(rows * units), zeros(units);
            for (int64_t t = s.steps - 1; t >= 0; t--) {
                for (int64_t row = 0; row < rows; row++) {
                    const int64_t at = (begin + row) * s.steps + t;
                    step_backward(
                        ks + at * 4 * units, t == 0 ? zeros.data() : hs + (at - 1) * units, dy + at * units,
                        &carried[row * units], dx + at * gates, &recurrent[(row * s.steps + t) * gates],
                        db + piece * gates, units);
                }
                if (t == 0) break;
                multiply(
                    rows, units, gates, {&recurrent[t * gates], s.steps * gates, 1}, u, carried.data(), units,
                    carried.data(), units);
            }
            // A row's states but the last, against its gradients but the first.
            float *sum = dw + piece * units * gates;
            for (int64_t row = 0; row < rows && s.steps > 1; row++) {
                const Matrix before{hs + (begin + row) * s.steps * units, units, 1};
                const Matrix sides{&recurrent[(row * s.steps + 1) * gates], gates, 1};
                multiply(units, gates, s.steps - 1, before.transposed(), sides, sum, gates, sum, gates);
            }
        });
        Tensor to_items = at::zeros({context->saved_data["items"].toInt(), gates}, given.options());
        add_rows(to_inputs, indices, to_items);
        return {to_items, Tensor(), to_weight.sum(0), to_bias.sum(0)};
    }
};

}  // namespace

Tensor gru(const Tensor &inputs, const Tensor &indices, const Tensor &weight, const Tensor &bias) {
    TORCH_CHECK(
        inputs.dim() == 2 && indices.dim() == 2 && weight.dim() == 2 && weight.size(1) == 3 * weight.size(0) &&
            inputs.size(1) == weight.size(1) && bias.dim() == 1 && bias.size(0) == weight.size(1),
        "gru: inputs ", inputs.sizes(), ", indices ", indices.sizes(), ", weight ", weight.sizes(), " and bias ",
        bias.sizes(), " do not fit");
    if (takes_plain_form(inputs)) return plain::gru(inputs, indices, weight, bias);
    check_rows(indices, inputs.size(0));
    if (!at::GradMode::is_enabled()) {
        return walk(inputs.contiguous(), indices.contiguous(), weight.contiguous(), bias.contiguous(), nullptr);
    }
    return GRU::apply(inputs, indices.contiguous(), weight.contiguous(), bias.contiguous());
}

}  // namespace ctorch
