#include "dense.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "device.h"
#include "parallel.h"
#include "plain.h"
#include "product.h"
#include "vectors.h"

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t smallest_piece = 128;
// Rows that go through all parts of the backward pass before the next ones, in the cache.
constexpr int64_t block_rows = 128;

struct Layer {
    const float *x;
    Matrix weight;
    int64_t rows, inputs, outputs;

    Layer(const Tensor &x, const Tensor &w)
        : x(x.const_data_ptr<float>()), weight{w.const_data_ptr<float>(), w.stride(0), w.stride(1)},
          rows(x.numel() / std::max<int64_t>(1, x.size(-1))), inputs(w.size(0)), outputs(w.size(1)) {}
};

class Dense : public torch::autograd::Function<Dense> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_x, const Tensor &weight, const std::optional<Tensor> &bias,
        int64_t activation) {
        const Tensor x = given_x.contiguous();
        const Layer s(x, weight);
        auto shape = x.sizes().vec();
        shape.back() = s.outputs;
        Tensor result = at::empty(shape, x.options());
        const Tensor start = bias ? bias->contiguous() : Tensor();
        const float *start_data = bias ? start.const_data_ptr<float>() : nullptr;
        float *to = result.mutable_data_ptr<float>();
        Pieces(s.rows, smallest_piece).each([&](int64_t, int64_t begin, int64_t end) {
            float *part = to + begin * s.outputs;
            multiply(
                end - begin, s.outputs, s.inputs, {s.x + begin * s.inputs, s.inputs, 1}, s.weight, start_data, 0, part,
                s.outputs);
            activate(Activation(activation), part, (end - begin) * s.outputs);
        });
        context->saved_data["activation"] = activation;
        context->saved_data["biased"] = bias.has_value();
        context->save_for_backward({x, weight, result});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Activation activation(static_cast<Activation>(context->saved_data["activation"].toInt()));
        const Tensor &x = saved[0], given = gradients[0].contiguous();
        const Layer s(x, saved[1]);
        const Pieces pieces(s.rows, smallest_piece);
        const bool wants_x = context->needs_input_grad(0);
        Tensor to_x = wants_x ? at::empty_like(x) : Tensor();
        Tensor to_weight = at::zeros({pieces.number, s.inputs, s.outputs}, x.options());
        Tensor to_bias = at::zeros({pieces.number, s.outputs}, x.options());
        const float *values = saved[2].const_data_ptr<float>(), *dy = given.const_data_ptr<float>();
        float *dx = wants_x ? to_x.mutable_data_ptr<float>() : nullptr;
        float *dw = to_weight.mutable_data_ptr<float>(), *db = to_bias.mutable_data_ptr<float>();
        pieces.each([&](int64_t piece, int64_t first, int64_t last) {
            std::vector<float> before(block_rows * s.outputs);
            float *piece_dw = dw + piece * s.inputs * s.outputs, *piece_db = db + piece * s.outputs;
            for (int64_t begin = first; begin < last; begin += block_rows) {
                const int64_t rows = std::min(block_rows, last - begin);
                const int64_t offset = begin * s.outputs;
                const Matrix d{before.data(), s.outputs, 1}, inputs{s.x + begin * s.inputs, s.inputs, 1};
                activation_gradient(activation, values + offset, dy + offset, before.data(), rows * s.outputs);
                multiply(s.inputs, s.outputs, rows, inputs.transposed(), d, piece_dw, s.outputs, piece_dw, s.outputs);
                for (int64_t row = 0; row < rows; row++) add_scaled(piece_db, &before[row * s.outputs], 1, s.outputs);
                if (!dx) continue;
                multiply(
                    rows, s.inputs, s.outputs, d, s.weight.transposed(), nullptr, 0, dx + begin * s.inputs, s.inputs);
            }
        });
        const bool biased = context->saved_data["biased"].toBool();
        return {to_x, to_weight.sum(0), biased ? to_bias.sum(0) : Tensor(), Tensor()};
    }
};

}  // namespace

Tensor dense(const Tensor &x, const Tensor &weight, const std::optional<Tensor> &bias, Activation activation) {
    TORCH_CHECK(
        x.dim() >= 1 && weight.dim() == 2 && x.size(-1) == weight.size(0) &&
            (!bias || (bias->dim() == 1 && bias->size(0) == weight.size(1))),
        "dense: x ", x.sizes(), ", weight ", weight.sizes(), " and bias ",
        bias ? bias->sizes() : at::IntArrayRef(), " do not fit");
    if (takes_plain_form(x)) return plain::dense(x, weight, bias, activation);
    return Dense::apply(x, weight, bias, static_cast<int64_t>(activation));
}

}  // namespace ctorch
