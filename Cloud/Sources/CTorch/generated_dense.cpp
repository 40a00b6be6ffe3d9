#include "generated_dense.h"

#include <ATen/ops/cat.h>
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

// The layer is linear in k, the code with a 1 appended: its decoder D [rank + 1, in · out] has one matrix for each
// number of k, and so has the bias. Two orders of the same sum:
//   y = (k ⊗ x) · D as [(rank + 1) · in, out]: one product, nothing of the size of W for each row;
//   W = k · D, then y = x · W: cheaper where several vectors of a row share W, or where rank > out.
struct Sizes {
    int64_t rows, count, inputs, outputs, rank;  // rank with the 1 appended

    Sizes(const Tensor &x, const Tensor &code, const Tensor &bias_decoder)
        : rows(x.size(0)), count(x.size(1)), inputs(x.size(2)), outputs(bias_decoder.size(1)), rank(code.size(1) + 1) {}

    bool prefers_outer_product() const { return count == 1 && rank <= outputs + 1; }
    int64_t weights() const { return inputs * outputs; }
    int64_t outer() const { return rank * inputs; }
    // Numbers of a row for x and for y.
    int64_t x_row() const { return count * inputs; }
    int64_t y_row() const { return count * outputs; }
    // Rows that are worked on at a time: what they need stays in the cache.
    int64_t block() const {
        return prefers_outer_product() ? 64 : std::clamp<int64_t>((1 << 17) / weights(), 6, 60) / 6 * 6;
    }
    Pieces pieces() const { return Pieces(rows, std::max<int64_t>(block(), 128)); }
};

// What one thread works with for a block of rows.
struct Scratch {
    std::vector<float> code, bias, wide, wide_gradient, before;

    explicit Scratch(const Sizes &s)
        : code(s.block() * s.rank), bias(s.block() * s.outputs),
          wide(s.block() * (s.prefers_outer_product() ? s.outer() : s.weights())), wide_gradient(wide.size()),
          before(s.block() * s.y_row()) {}
};

struct Decoders {
    Tensor weight, bias;  // [rank, in · out] and [rank, out]

    Matrix weights(const Sizes &s) const { return {weight.const_data_ptr<float>(), s.weights(), 1}; }
    Matrix outer(const Sizes &s) const { return {weight.const_data_ptr<float>(), s.outputs, 1}; }
    Matrix biases(const Sizes &s) const { return {bias.const_data_ptr<float>(), s.outputs, 1}; }
};

// Copies codes with a 1 appended to each.
void append_one(const float *from, int64_t rows, int64_t rank, std::vector<float> &to) {
    for (int64_t row = 0; row < rows; row++) {
        std::copy_n(from + row * (rank - 1), rank - 1, &to[row * rank]);
        to[row * rank + rank - 1] = 1;
    }
}

CTORCH_VECTORIZED void outer_product(
    const float *__restrict x, const float *__restrict code, float *__restrict to, Sizes s, int64_t rows) {
    for (int64_t b = 0; b < rows; b++) {
        for (int64_t k = 0; k < s.rank; k++) {
            const float factor = code[b * s.rank + k];
            float *row = to + (b * s.rank + k) * s.inputs;
            for (int64_t i = 0; i < s.inputs; i++) row[i] = factor * x[b * s.inputs + i];
        }
    }
}

CTORCH_VECTORIZED void outer_product_backward(
    const float *__restrict x, const float *__restrict code, const float *__restrict given, float *__restrict to_x,
    float *__restrict to_code, Sizes s, int64_t rows) {
    std::fill_n(to_x, rows * s.inputs, 0.0f);
    for (int64_t b = 0; b < rows; b++) {
        for (int64_t k = 0; k < s.rank; k++) {
            const float *row = given + (b * s.rank + k) * s.inputs;
            add_scaled(to_x + b * s.inputs, row, code[b * s.rank + k], s.inputs);
            if (k + 1 < s.rank) to_code[b * (s.rank - 1) + k] += dot(row, x + b * s.inputs, s.inputs);
        }
    }
}

CTORCH_VECTORIZED void sum_vectors(const float *__restrict from, float *__restrict to, Sizes s, int64_t rows) {
    std::fill_n(to, rows * s.outputs, 0.0f);
    for (int64_t b = 0; b < rows; b++) {
        for (int64_t c = 0; c < s.count; c++) {
            add_scaled(to + b * s.outputs, from + (b * s.count + c) * s.outputs, 1, s.outputs);
        }
    }
}

void forward_block(const Sizes &s, Scratch &own, const Decoders &decoders, const float *x, float *to, int64_t rows) {
    const Matrix code{own.code.data(), s.rank, 1};
    multiply(rows, s.outputs, s.rank, code, decoders.biases(s), nullptr, 0, own.bias.data(), s.outputs);
    if (s.prefers_outer_product()) {
        outer_product(x, own.code.data(), own.wide.data(), s, rows);
        const Matrix outer{own.wide.data(), s.outer(), 1};
        return multiply(
            rows, s.outputs, s.outer(), outer, decoders.outer(s), own.bias.data(), s.outputs, to, s.outputs);
    }
    multiply(rows, s.weights(), s.rank, code, decoders.weights(s), nullptr, 0, own.wide.data(), s.weights());
    for (int64_t b = 0; b < rows; b++) {
        const Matrix weights{&own.wide[b * s.weights()], s.outputs, 1};
        multiply(
            s.count, s.outputs, s.inputs, {x + b * s.x_row(), s.inputs, 1}, weights, &own.bias[b * s.outputs], 0,
            to + b * s.y_row(), s.outputs);
    }
}

struct Gradients {
    float *x, *code, *weight_decoder, *bias_decoder;
};

// Decoders in the order in which a product by their transposed matrices reads them.
struct Turned {
    Tensor outer;    // [out, (rank) · in]
    Tensor weights;  // each matrix transposed: [rank, out · in]
    Tensor columns;  // without that of the 1, whose gradient nobody asks for: [in · out, rank - 1]

    Turned(const Sizes &s, const Tensor &decoder) {
        if (s.prefers_outer_product()) {
            outer = decoder.view({-1, s.outputs}).t().contiguous();
        } else {
            weights = decoder.view({s.rank, s.inputs, s.outputs}).transpose(1, 2).contiguous();
            columns = decoder.slice(0, 0, s.rank - 1).t().contiguous();
        }
    }
};

void bias_backward(const Sizes &s, Scratch &own, const Decoders &decoders, const Gradients &to, int64_t rows) {
    sum_vectors(own.before.data(), own.bias.data(), s, rows);
    const Matrix given{own.bias.data(), s.outputs, 1}, code{own.code.data(), s.rank, 1};
    multiply(
        s.rank, s.outputs, rows, code.transposed(), given, to.bias_decoder, s.outputs, to.bias_decoder, s.outputs);
    multiply(rows, s.rank - 1, s.outputs, given, decoders.biases(s).transposed(), nullptr, 0, to.code, s.rank - 1);
}

void outer_backward(
    const Sizes &s, Scratch &own, const Turned &turned, const float *x, const Gradients &to, int64_t rows) {
    outer_product(x, own.code.data(), own.wide.data(), s, rows);
    const Matrix outer{own.wide.data(), s.outer(), 1}, given{own.before.data(), s.outputs, 1};
    const Matrix decoder{turned.outer.const_data_ptr<float>(), s.outer(), 1};
    multiply(
        s.outer(), s.outputs, rows, outer.transposed(), given, to.weight_decoder, s.outputs, to.weight_decoder,
        s.outputs);
    multiply(rows, s.outer(), s.outputs, given, decoder, nullptr, 0, own.wide_gradient.data(), s.outer());
    outer_product_backward(x, own.code.data(), own.wide_gradient.data(), to.x, to.code, s, rows);
}

void written_out_backward(
    const Sizes &s, Scratch &own, const Turned &turned, const float *x, const Gradients &to, int64_t rows) {
    const int64_t weights = s.weights(), rank = s.rank - 1;
    const Matrix code{own.code.data(), s.rank, 1};
    const Matrix decoder{turned.weights.const_data_ptr<float>(), weights, 1};
    multiply(rows, weights, s.rank, code, decoder, nullptr, 0, own.wide.data(), weights);
    for (int64_t b = 0; b < rows; b++) {
        const Matrix given{&own.before[b * s.y_row()], s.outputs, 1}, row{x + b * s.x_row(), s.inputs, 1};
        multiply(
            s.count, s.inputs, s.outputs, given, {&own.wide[b * weights], s.inputs, 1}, nullptr, 0,
            to.x + b * s.x_row(), s.inputs);
        multiply(
            s.inputs, s.outputs, s.count, row.transposed(), given, nullptr, 0, &own.wide_gradient[b * weights],
            s.outputs);
    }
    const Matrix gradients{own.wide_gradient.data(), weights, 1};
    const Matrix columns{turned.columns.const_data_ptr<float>(), rank, 1};
    multiply(
        s.rank, weights, rows, code.transposed(), gradients, to.weight_decoder, weights, to.weight_decoder, weights);
    multiply(rows, rank, weights, gradients, columns, to.code, rank, to.code, rank);
}

class GeneratedDense : public torch::autograd::Function<GeneratedDense> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_x, const Tensor &given_code, const Tensor &weight_decoder,
        const Tensor &weight, const Tensor &bias_decoder, const Tensor &bias, int64_t activation) {
        const Tensor x = given_x.contiguous(), code = given_code.contiguous();
        const Decoders decoders{
            at::cat({weight_decoder, weight.reshape({1, -1})}), at::cat({bias_decoder, bias.unsqueeze(0)})};
        const Sizes s(x, code, decoders.bias);
        Tensor result = at::empty({s.rows, s.count, s.outputs}, x.options());
        const float *xs = x.const_data_ptr<float>(), *codes = code.const_data_ptr<float>();
        float *to = result.mutable_data_ptr<float>();
        s.pieces().each([&](int64_t, int64_t first, int64_t last) {
            Scratch own(s);
            for (int64_t begin = first; begin < last; begin += s.block()) {
                const int64_t rows = std::min(s.block(), last - begin);
                append_one(codes + begin * (s.rank - 1), rows, s.rank, own.code);
                forward_block(s, own, decoders, xs + begin * s.x_row(), to + begin * s.y_row(), rows);
                activate(Activation(activation), to + begin * s.y_row(), rows * s.y_row());
            }
        });
        context->saved_data["activation"] = activation;
        context->save_for_backward({x, code, decoders.weight, decoders.bias, result});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Activation activation(static_cast<Activation>(context->saved_data["activation"].toInt()));
        const Tensor &x = saved[0], &code = saved[1], given = gradients[0].contiguous();
        const Decoders decoders{saved[2], saved[3]};
        const Sizes s(x, code, decoders.bias);
        const Turned turned(s, decoders.weight);
        const Pieces pieces = s.pieces();
        Tensor to_x = at::empty_like(x), to_code = at::empty_like(code);
        Tensor to_weights = at::zeros({pieces.number, s.rank, s.weights()}, x.options());
        Tensor to_biases = at::zeros({pieces.number, s.rank, s.outputs}, x.options());
        const float *xs = x.const_data_ptr<float>(), *codes = code.const_data_ptr<float>();
        const float *values = saved[4].const_data_ptr<float>(), *dy = given.const_data_ptr<float>();
        const Gradients all{
            to_x.mutable_data_ptr<float>(), to_code.mutable_data_ptr<float>(), to_weights.mutable_data_ptr<float>(),
            to_biases.mutable_data_ptr<float>()};
        pieces.each([&](int64_t piece, int64_t first, int64_t last) {
            Scratch own(s);
            for (int64_t begin = first; begin < last; begin += s.block()) {
                const int64_t rows = std::min(s.block(), last - begin), y = begin * s.y_row();
                const float *x_rows = xs + begin * s.x_row();
                const Gradients to{
                    all.x + begin * s.x_row(), all.code + begin * (s.rank - 1),
                    all.weight_decoder + piece * s.rank * s.weights(), all.bias_decoder + piece * s.rank * s.outputs};
                append_one(codes + begin * (s.rank - 1), rows, s.rank, own.code);
                activation_gradient(activation, values + y, dy + y, own.before.data(), rows * s.y_row());
                bias_backward(s, own, decoders, to, rows);
                s.prefers_outer_product() ? outer_backward(s, own, turned, x_rows, to, rows)
                                          : written_out_backward(s, own, turned, x_rows, to, rows);
            }
        });
        const Tensor weights = to_weights.sum(0), biases = to_biases.sum(0);
        const int64_t rank = s.rank - 1;
        return {
            to_x, to_code, weights.slice(0, 0, rank), weights[rank].view({s.inputs, s.outputs}),
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
    if (takes_plain_form(x)) return plain::generated_dense(x, g, activation);
    return GeneratedDense::apply(
        x, g.code, g.weight_decoder, g.weight, g.bias_decoder, g.bias, static_cast<int64_t>(activation));
}

}  // namespace ctorch
