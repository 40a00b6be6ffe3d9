#include "gru.h"

#include <torch/torch.h>

#include <vector>

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// One step works on time-major tensors, so that the rows of a step lie together. The scalar loops below run over
// [rows × units] contiguous floats; the compiler vectorizes all but the exponentials, which LibTorch computes.
struct Gates {
    Tensor reset_update;  // [steps, rows, 2·units]
    Tensor fresh;         // [steps, rows, units], the "new" gate
    Tensor recurrent_new; // [steps, rows, units], h·Un + cn
    Tensor states;        // [steps + 1, rows, units]; the first is zero
};

Gates forward_steps(const Tensor &projected, const Tensor &weight, const Tensor &bias) {
    const int64_t steps = projected.size(0), rows = projected.size(1), units = weight.size(0);
    Gates gates{
        at::empty({steps, rows, 2 * units}), at::empty({steps, rows, units}), at::empty({steps, rows, units}),
        at::empty({steps + 1, rows, units})};
    gates.states[0].zero_();
    Tensor recurrent = at::empty({rows, 3 * units});
    const float *inputs = projected.const_data_ptr<float>();
    for (int64_t t = 0; t < steps; t++) {
        Tensor state = gates.states[t], both = gates.reset_update[t], fresh = gates.fresh[t];
        at::addmm_out(recurrent, bias, state, weight);
        const float *step_inputs = inputs + t * rows * 3 * units, *from = recurrent.const_data_ptr<float>();
        float *both_p = both.mutable_data_ptr<float>(), *fresh_p = fresh.mutable_data_ptr<float>();
        float *kept = gates.recurrent_new[t].mutable_data_ptr<float>();
        for (int64_t row = 0; row < rows; row++) {
            const float *in = step_inputs + row * 3 * units, *rec = from + row * 3 * units;
            for (int64_t k = 0; k < 2 * units; k++) both_p[row * 2 * units + k] = in[k] + rec[k];
            for (int64_t k = 0; k < units; k++) kept[row * units + k] = rec[2 * units + k];
        }
        both.sigmoid_();
        for (int64_t row = 0; row < rows; row++) {
            const float *in = step_inputs + row * 3 * units + 2 * units, *reset = both_p + row * 2 * units;
            for (int64_t k = 0; k < units; k++) {
                fresh_p[row * units + k] = in[k] + reset[k] * kept[row * units + k];
            }
        }
        fresh.tanh_();
        const float *before = state.const_data_ptr<float>();
        float *after = gates.states[t + 1].mutable_data_ptr<float>();
        for (int64_t row = 0; row < rows; row++) {
            const float *update = both_p + row * 2 * units + units;
            for (int64_t k = 0; k < units; k++) {
                const int64_t i = row * units + k;
                after[i] = fresh_p[i] + update[k] * (before[i] - fresh_p[i]);
            }
        }
    }
    return gates;
}

// The gradients of the gates before their functions: [steps, rows, 3·units] for the inputs' side and the recurrent
// side, which differ only in the new gate, where the recurrent side is multiplied by the reset gate.
struct GateGradients {
    Tensor input, recurrent;
};

GateGradients backward_steps(const Gates &gates, const Tensor &weight, const Tensor &output_gradient) {
    const int64_t steps = gates.fresh.size(0), rows = gates.fresh.size(1), units = gates.fresh.size(2);
    GateGradients result{at::empty({steps, rows, 3 * units}), at::empty({steps, rows, 3 * units})};
    Tensor carried = at::zeros({rows, units});
    const Tensor transposed = weight.t();
    for (int64_t t = steps - 1; t >= 0; t--) {
        const float *given = output_gradient[t].const_data_ptr<float>();
        const float *both = gates.reset_update[t].const_data_ptr<float>();
        const float *fresh = gates.fresh[t].const_data_ptr<float>();
        const float *kept = gates.recurrent_new[t].const_data_ptr<float>();
        const float *before = gates.states[t].const_data_ptr<float>();
        float *carry = carried.mutable_data_ptr<float>();
        float *to_input = result.input[t].mutable_data_ptr<float>();
        Tensor recurrent = result.recurrent[t];
        float *to_recurrent = recurrent.mutable_data_ptr<float>();
        for (int64_t row = 0; row < rows; row++) {
            const float *reset = both + row * 2 * units, *update = reset + units;
            float *in = to_input + row * 3 * units, *rec = to_recurrent + row * 3 * units;
            for (int64_t k = 0; k < units; k++) {
                const int64_t i = row * units + k;
                const float gradient = given[i] + carry[i];
                const float new_side = gradient * (1 - update[k]) * (1 - fresh[i] * fresh[i]);
                const float reset_side = new_side * kept[i] * reset[k] * (1 - reset[k]);
                const float update_side = gradient * (before[i] - fresh[i]) * update[k] * (1 - update[k]);
                in[k] = rec[k] = reset_side;
                in[units + k] = rec[units + k] = update_side;
                in[2 * units + k] = new_side;
                rec[2 * units + k] = new_side * reset[k];
                carry[i] = gradient * update[k];
            }
        }
        carried.addmm_(recurrent, transposed);
    }
    return result;
}

class GRU : public torch::autograd::Function<GRU> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &x, const Tensor &input_weight, const Tensor &input_bias,
        const Tensor &recurrent_weight, const Tensor &recurrent_bias) {
        const Tensor inputs = x.transpose(0, 1).contiguous();
        const Tensor projected =
            at::addmm(input_bias, inputs.view({-1, inputs.size(2)}), input_weight)
                .view({inputs.size(0), inputs.size(1), input_weight.size(1)});
        const Gates gates = forward_steps(projected, recurrent_weight, recurrent_bias);
        context->save_for_backward(
            {inputs, input_weight, recurrent_weight, gates.reset_update, gates.fresh, gates.recurrent_new,
             gates.states});
        return gates.states.slice(0, 1).transpose(0, 1);
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &inputs = saved[0], &input_weight = saved[1], &recurrent_weight = saved[2];
        const Gates gates{saved[3], saved[4], saved[5], saved[6]};
        const Tensor given = gradients[0].transpose(0, 1).contiguous();
        const GateGradients sides = backward_steps(gates, recurrent_weight, given);
        const Tensor input_side = sides.input.view({-1, sides.input.size(2)});
        const Tensor recurrent_side = sides.recurrent.view({-1, sides.recurrent.size(2)});
        const Tensor states = gates.states.slice(0, 0, gates.states.size(0) - 1).reshape({-1, gates.states.size(2)});
        const Tensor flat = inputs.view({-1, inputs.size(2)});
        return {
            input_side.mm(input_weight.t()).view(inputs.sizes()).transpose(0, 1), flat.t().mm(input_side),
            input_side.sum(0), states.t().mm(recurrent_side), recurrent_side.sum(0)};
    }
};

}  // namespace

Tensor gru(
    const Tensor &x, const Tensor &input_weight, const Tensor &input_bias, const Tensor &recurrent_weight,
    const Tensor &recurrent_bias) {
    TORCH_CHECK(x.dim() == 3, "gru: expected [rows, steps, in], got ", x.sizes());
    TORCH_CHECK(
        input_weight.dim() == 2 && input_weight.size(0) == x.size(2) && recurrent_weight.dim() == 2 &&
            recurrent_weight.size(1) == 3 * recurrent_weight.size(0) &&
            input_weight.size(1) == recurrent_weight.size(1),
        "gru: weights ", input_weight.sizes(), " and ", recurrent_weight.sizes(), " do not fit the input ", x.sizes());
    return GRU::apply(x, input_weight, input_bias, recurrent_weight, recurrent_bias);
}

}  // namespace ctorch
