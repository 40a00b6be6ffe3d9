#include "generated_dense.h"

#include <torch/torch.h>

#include <vector>

#include "parallel.h"
#include "product.h"
#include "vectors.h"

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The layer is linear in the code with a 1 appended, k = [code, 1]: its decoder D [rank + 1, (in + 1) · out] has one
// matrix for each number of k, whose last row is the bias. Two orders of the same sum:
//   y = (k ⊗ [x, 1]) · D as [(rank + 1)(in + 1), out]: one product, nothing of the size of W for each row;
//   W = k · D, then y = [x, 1] · W: cheaper where several vectors of a row share W, or where rank > out.
struct Sizes {
    int64_t rows, count, inputs, outputs, rank;  // inputs and rank with the 1 appended

    Sizes(const Tensor &x, const Tensor &code, const Tensor &decoder)
        : rows(x.size(0)), count(x.size(1)), inputs(x.size(2) + 1), outputs(decoder.size(1) / inputs),
          rank(code.size(1) + 1) {}

    bool prefers_outer_product() const { return count == 1 && rank <= outputs + 1; }
    int64_t weights() const { return inputs * outputs; }
    // Rows that are worked on at a time: what they need stays in the cache.
    int64_t block() const { return prefers_outer_product() ? 48 : std::clamp<int64_t>((1 << 16) / weights(), 1, 48); }
};

// What one thread works with for a block of rows.
struct Scratch {
    std::vector<float> x, code, wide, wide_gradient, before, x_gradient, code_gradient;

    explicit Scratch(const Sizes &s)
        : x(s.block() * s.count * s.inputs), code(s.block() * s.rank),
          wide(s.block() * (s.prefers_outer_product() ? s.rank * s.inputs : s.weights())), wide_gradient(wide.size()),
          before(s.block() * s.count * s.outputs), x_gradient(x.size()), code_gradient(code.size()) {}
};

// Copies rows with a 1 appended to each; `width` counts it.
void append_one(const float *from, int64_t rows, int64_t width, std::vector<float> &to) {
    for (int64_t row = 0; row < rows; row++) {
        std::copy_n(from + row * (width - 1), width - 1, &to[row * width]);
        to[row * width + width - 1] = 1;
    }
}

// The other way: drops each row's last number.
void drop_last(const std::vector<float> &from, int64_t rows, int64_t width, float *to) {
    for (int64_t row = 0; row < rows; row++) std::copy_n(&from[row * width], width - 1, to + row * (width - 1));
}

CTORCH_VECTORIZED void outer_product(const float *x, const float *code, float *to, Sizes s, int64_t rows) {
    for (int64_t b = 0; b < rows; b++) {
        for (int64_t k = 0; k < s.rank; k++) {
            const float factor = code[b * s.rank + k];
            float *row = to + (b * s.rank + k) * s.inputs;
            for (int64_t i = 0; i < s.inputs; i++) row[i] = factor * x[b * s.inputs + i];
        }
    }
}

CTORCH_VECTORIZED void outer_product_backward(
    const float *x, const float *code, const float *given, float *to_x, float *to_code, Sizes s, int64_t rows) {
    std::fill_n(to_x, rows * s.inputs, 0.0f);
    for (int64_t b = 0; b < rows; b++) {
        for (int64_t k = 0; k < s.rank; k++) {
            const float *row = given + (b * s.rank + k) * s.inputs;
            to_code[b * s.rank + k] = dot(row, x + b * s.inputs, s.inputs);
            add_scaled(to_x + b * s.inputs, row, code[b * s.rank + k], s.inputs);
        }
    }
}

void forward_block(const Sizes &s, Scratch &own, const float *decoder, float *to, int64_t rows) {
    if (s.prefers_outer_product()) {
        const int64_t width = s.rank * s.inputs;
        outer_product(own.x.data(), own.code.data(), own.wide.data(), s, rows);
        return multiply(
            rows, s.outputs, width, {own.wide.data(), width, 1}, {decoder, s.outputs, 1}, nullptr, 0, to, s.outputs);
    }
    multiply(
        rows, s.weights(), s.rank, {own.code.data(), s.rank, 1}, {decoder, s.weights(), 1}, nullptr, 0,
        own.wide.data(), s.weights());
    for (int64_t b = 0; b < rows; b++) {
        multiply(
            s.count, s.outputs, s.inputs, {&own.x[b * s.count * s.inputs], s.inputs, 1},
            {&own.wide[b * s.weights()], s.outputs, 1}, nullptr, 0, to + b * s.count * s.outputs, s.outputs);
    }
}

// `turned` is the decoder with what a product by a transposed matrix reads along its rows: D as [(rank)(in), out]
// transposed for the outer product; each matrix transposed, [rank, out · in], for weights that are written out.
void backward_block(
    const Sizes &s, Scratch &own, const float *decoder, const float *turned, float *to_decoder, int64_t rows) {
    if (s.prefers_outer_product()) {
        const int64_t width = s.rank * s.inputs;
        outer_product(own.x.data(), own.code.data(), own.wide.data(), s, rows);
        const Matrix wide{own.wide.data(), width, 1}, given{own.before.data(), s.outputs, 1};
        multiply(width, s.outputs, rows, wide.transposed(), given, to_decoder, s.outputs, to_decoder, s.outputs);
        multiply(rows, width, s.outputs, given, {turned, width, 1}, nullptr, 0, own.wide_gradient.data(), width);
        return outer_product_backward(
            own.x.data(), own.code.data(), own.wide_gradient.data(), own.x_gradient.data(), own.code_gradient.data(), s,
            rows);
    }
    const int64_t weights = s.weights();
    const Matrix code{own.code.data(), s.rank, 1};
    multiply(rows, weights, s.rank, code, {turned, weights, 1}, nullptr, 0, own.wide.data(), weights);
    for (int64_t b = 0; b < rows; b++) {
        const Matrix given{&own.before[b * s.count * s.outputs], s.outputs, 1};
        const Matrix x{&own.x[b * s.count * s.inputs], s.inputs, 1};
        multiply(
            s.count, s.inputs, s.outputs, given, {&own.wide[b * weights], s.inputs, 1}, nullptr, 0,
            &own.x_gradient[b * s.count * s.inputs], s.inputs);
        multiply(
            s.inputs, s.outputs, s.count, x.transposed(), given, nullptr, 0, &own.wide_gradient[b * weights],
            s.outputs);
    }
    const Matrix weight_gradients{own.wide_gradient.data(), weights, 1};
    multiply(s.rank, weights, rows, code.transposed(), weight_gradients, to_decoder, weights, to_decoder, weights);
    multiply(
        rows, s.rank, weights, weight_gradients, Matrix{decoder, weights, 1}.transposed(), nullptr, 0,
        own.code_gradient.data(), s.rank);
}

class GeneratedDense : public torch::autograd::Function<GeneratedDense> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_x, const Tensor &given_code, const Tensor &weight_decoder,
        const Tensor &weight, const Tensor &bias_decoder, const Tensor &bias, int64_t activation) {
        const Tensor x = given_x.contiguous(), code = given_code.contiguous();
        const Tensor decoder =
            at::cat({at::cat({weight_decoder, weight.reshape({1, -1})}), at::cat({bias_decoder, bias.unsqueeze(0)})}, 1);
        const Sizes s(x, code, decoder);
        Tensor result = at::empty({s.rows, s.count, s.outputs}, x.options());
        const float *xs = x.const_data_ptr<float>(), *codes = code.const_data_ptr<float>();
        const float *decoders = decoder.const_data_ptr<float>();
        float *to = result.mutable_data_ptr<float>();
        const int64_t x_row = s.count * (s.inputs - 1), y_row = s.count * s.outputs;
        Pieces(s.rows, s.block()).each([&](int64_t, int64_t first, int64_t last) {
            Scratch own(s);
            for (int64_t begin = first; begin < last; begin += s.block()) {
                const int64_t rows = std::min(s.block(), last - begin);
                append_one(xs + begin * x_row, rows * s.count, s.inputs, own.x);
                append_one(codes + begin * (s.rank - 1), rows, s.rank, own.code);
                forward_block(s, own, decoders, to + begin * y_row, rows);
                activate(Activation(activation), to + begin * y_row, rows * y_row);
            }
        });
        context->saved_data["activation"] = activation;
        context->save_for_backward({x, code, decoder, result});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Activation activation(static_cast<Activation>(context->saved_data["activation"].toInt()));
        const Tensor &x = saved[0], &code = saved[1], &decoder = saved[2], given = gradients[0].contiguous();
        const Sizes s(x, code, decoder);
        const Tensor turned =
            s.prefers_outer_product()
                ? decoder.view({-1, s.outputs}).t().contiguous()
                : decoder.view({s.rank, s.inputs, s.outputs}).transpose(1, 2).contiguous();
        const Pieces pieces(s.rows, s.block());
        Tensor to_x = at::empty_like(x), to_code = at::empty_like(code);
        Tensor to_decoder = at::zeros({pieces.number, s.rank, s.weights()}, x.options());
        const float *xs = x.const_data_ptr<float>(), *codes = code.const_data_ptr<float>();
        const float *values = saved[3].const_data_ptr<float>(), *dy = given.const_data_ptr<float>();
        const float *decoders = decoder.const_data_ptr<float>(), *turned_data = turned.const_data_ptr<float>();
        float *dx = to_x.mutable_data_ptr<float>(), *dcode = to_code.mutable_data_ptr<float>();
        float *ddecoder = to_decoder.mutable_data_ptr<float>();
        const int64_t x_row = s.count * (s.inputs - 1), y_row = s.count * s.outputs;
        pieces.each([&](int64_t piece, int64_t first, int64_t last) {
            Scratch own(s);
            for (int64_t begin = first; begin < last; begin += s.block()) {
                const int64_t rows = std::min(s.block(), last - begin);
                append_one(xs + begin * x_row, rows * s.count, s.inputs, own.x);
                append_one(codes + begin * (s.rank - 1), rows, s.rank, own.code);
                activation_gradient(
                    activation, values + begin * y_row, dy + begin * y_row, own.before.data(), rows * y_row);
                backward_block(s, own, decoders, turned_data, ddecoder + piece * s.rank * s.weights(), rows);
                drop_last(own.x_gradient, rows * s.count, s.inputs, dx + begin * x_row);
                drop_last(own.code_gradient, rows, s.rank, dcode + begin * (s.rank - 1));
            }
        });
        const Tensor sum = to_decoder.sum(0);
        const int64_t rank = s.rank - 1, split = (s.inputs - 1) * s.outputs;
        const Tensor weights = sum.slice(1, 0, split), biases = sum.slice(1, split);
        return {
            to_x, to_code, weights.slice(0, 0, rank), weights[rank].view({s.inputs - 1, s.outputs}),
            biases.slice(0, 0, rank), biases[rank], Tensor()};
    }
};

}  // namespace

Tensor generated_dense(const Tensor &x, const Generated &g, Activation activation) {
    TORCH_CHECK(
        x.dim() == 3 && g.code.dim() == 2 && g.weight_decoder.dim() == 2 && g.weight.dim() == 2 &&
            g.bias_decoder.dim() == 2 && g.bias.dim() == 1 && x.size(0) == g.code.size(0) &&
            x.size(2) == g.weight.size(0) && g.weight_decoder.size(0) == g.code.size(1) &&
            g.weight_decoder.size(1) == g.weight.numel() && g.bias_decoder.size(0) == g.code.size(1) &&
            g.bias_decoder.size(1) == g.weight.size(1) && g.bias.size(0) == g.weight.size(1),
        "generated_dense: x ", x.sizes(), ", code ", g.code.sizes(), ", decoders ", g.weight_decoder.sizes(), " and ",
        g.bias_decoder.sizes(), ", weight ", g.weight.sizes(), " and bias ", g.bias.sizes(), " do not fit");
    return GeneratedDense::apply(
        x, g.code, g.weight_decoder, g.weight, g.bias_decoder, g.bias, static_cast<int64_t>(activation));
}

}  // namespace ctorch
