#include "generated_dense.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Rows of a batch that one thread takes at a time.
constexpr int64_t grain = 16;

// Above so many vectors a row, LibTorch's batched product of matrices is the faster one.
constexpr int64_t most_vectors = 16;

// The loops over rows exist twice where the linker can choose at start-up: for any x86-64, and for those with AVX2.
#if defined(__x86_64__) && defined(__linux__)
#define CTORCH_VECTORIZED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CTORCH_VECTORIZED
#endif
#define CTORCH_INLINE inline __attribute__((always_inline))

struct Sizes {
    int64_t rows, count, inputs, outputs, rank;

    Sizes(const Tensor &x, const Tensor &code, const Tensor &base)
        : rows(x.size(0)), count(x.size(1)), inputs(x.size(2)), outputs(base.size(1)), rank(code.size(1)) {}

    // With one vector a row, (code ⊗ x) · decoder needs rows × rank · in numbers where writing W out needs
    // rows × in · out.
    bool prefers_outer_product() const { return count == 1 && rank <= outputs; }
};

CTORCH_INLINE float dot(const float *a, const float *b, int64_t n) {
    // Eight sums, so that the compiler may use vectors without reordering a single sum.
    float sums[8] = {0};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (int k = 0; k < 8; k++) sums[k] += a[i + k] * b[i + k];
    }
    float sum = ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

CTORCH_INLINE void add_scaled(float *to, const float *from, float factor, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] += factor * from[i];
}

// [rows, rank · in]: code[b, k] · x[b, i].
Tensor outer_product(const Tensor &x, const Tensor &code, const Sizes &s) {
    Tensor result = at::empty({s.rows, s.rank * s.inputs});
    const float *xs = x.const_data_ptr<float>(), *codes = code.const_data_ptr<float>();
    float *to = result.mutable_data_ptr<float>();
    at::parallel_for(0, s.rows, grain, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; b++) {
            for (int64_t k = 0; k < s.rank; k++) {
                const float factor = codes[b * s.rank + k];
                const float *from = xs + b * s.inputs;
                float *row = to + (b * s.rank + k) * s.inputs;
                for (int64_t i = 0; i < s.inputs; i++) row[i] = factor * from[i];
            }
        }
    });
    return result;
}

Tensor written_out(const Tensor &code, const Tensor &decoder, const Tensor &base) {
    return at::addmm(base.view({-1}), code, decoder);  // [rows, in · out]
}

CTORCH_VECTORIZED void multiply_range(
    const float *xs, const float *ws, float *to, Sizes s, int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
        for (int64_t i = 0; i < s.inputs; i++) {
            const float *w = ws + (b * s.inputs + i) * s.outputs;
            for (int64_t c = 0; c < s.count; c++) {
                const int64_t row = b * s.count + c;
                add_scaled(to + row * s.outputs, w, xs[row * s.inputs + i], s.outputs);
            }
        }
    }
}

Tensor multiply_rows(const Tensor &x, const Tensor &weights, const Sizes &s) {
    if (s.count > most_vectors) return at::bmm(x, weights.view({s.rows, s.inputs, s.outputs}));
    Tensor result = at::zeros({s.rows, s.count, s.outputs});
    const float *xs = x.const_data_ptr<float>(), *ws = weights.const_data_ptr<float>();
    float *to = result.mutable_data_ptr<float>();
    at::parallel_for(0, s.rows, grain, [&](int64_t begin, int64_t end) { multiply_range(xs, ws, to, s, begin, end); });
    return result;
}

struct RowGradients {
    Tensor x, weights;
};

CTORCH_VECTORIZED void multiply_backward_range(
    const float *xs, const float *ws, const float *given, float *to_x, float *to_w, Sizes s, int64_t begin,
    int64_t end) {
    for (int64_t b = begin; b < end; b++) {
        for (int64_t i = 0; i < s.inputs; i++) {
            const float *w = ws + (b * s.inputs + i) * s.outputs;
            float *dw = to_w + (b * s.inputs + i) * s.outputs;
            std::fill_n(dw, s.outputs, 0.0f);
            for (int64_t c = 0; c < s.count; c++) {
                const int64_t row = b * s.count + c;
                const float *dy = given + row * s.outputs;
                to_x[row * s.inputs + i] = dot(dy, w, s.outputs);
                add_scaled(dw, dy, xs[row * s.inputs + i], s.outputs);
            }
        }
    }
}

// Of multiply_rows: dx = dy · Wᵀ and dW = Σ_c x[c] ⊗ dy[c], both in one pass over W.
RowGradients multiply_rows_backward(const Tensor &x, const Tensor &weights, const Tensor &gradient, const Sizes &s) {
    if (s.count > most_vectors) {
        const Tensor matrices = weights.view({s.rows, s.inputs, s.outputs});
        return {at::bmm(gradient, matrices.transpose(1, 2)), at::bmm(x.transpose(1, 2), gradient).view_as(weights)};
    }
    RowGradients result{at::empty_like(x), at::empty_like(weights)};
    const float *xs = x.const_data_ptr<float>(), *ws = weights.const_data_ptr<float>();
    const float *given = gradient.const_data_ptr<float>();
    float *to_x = result.x.mutable_data_ptr<float>(), *to_w = result.weights.mutable_data_ptr<float>();
    at::parallel_for(0, s.rows, grain, [&](int64_t begin, int64_t end) {
        multiply_backward_range(xs, ws, given, to_x, to_w, s, begin, end);
    });
    return result;
}

struct OuterGradients {
    Tensor x, code;
};

CTORCH_VECTORIZED void outer_backward_range(
    const float *xs, const float *codes, const float *given, float *to_x, float *to_code, Sizes s, int64_t begin,
    int64_t end) {
    for (int64_t b = begin; b < end; b++) {
        for (int64_t k = 0; k < s.rank; k++) {
            const float *row = given + (b * s.rank + k) * s.inputs;
            to_code[b * s.rank + k] = dot(row, xs + b * s.inputs, s.inputs);
            add_scaled(to_x + b * s.inputs, row, codes[b * s.rank + k], s.inputs);
        }
    }
}

// Of outer_product, given its gradient [rows, rank · in].
OuterGradients outer_product_backward(const Tensor &x, const Tensor &code, const Tensor &gradient, const Sizes &s) {
    OuterGradients result{at::zeros_like(x), at::empty_like(code)};
    const float *xs = x.const_data_ptr<float>(), *codes = code.const_data_ptr<float>();
    const float *given = gradient.const_data_ptr<float>();
    float *to_x = result.x.mutable_data_ptr<float>(), *to_code = result.code.mutable_data_ptr<float>();
    at::parallel_for(0, s.rows, grain, [&](int64_t begin, int64_t end) {
        outer_backward_range(xs, codes, given, to_x, to_code, s, begin, end);
    });
    return result;
}

class GeneratedDense : public torch::autograd::Function<GeneratedDense> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_x, const Tensor &given_code, const Tensor &decoder,
        const Tensor &base) {
        const Tensor x = given_x.contiguous(), code = given_code.contiguous();
        const Sizes s(x, code, base);
        if (s.prefers_outer_product()) {
            const Tensor outer = outer_product(x, code, s);
            context->save_for_backward({x, code, decoder, base, outer});
            return at::addmm(
                       x.view({s.rows, s.inputs}).mm(base), outer, decoder.view({s.rank * s.inputs, s.outputs}))
                .view({s.rows, 1, s.outputs});
        }
        const Tensor weights = written_out(code, decoder, base);
        context->save_for_backward({x, code, decoder, base, weights});
        return multiply_rows(x, weights, s);
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &x = saved[0], &code = saved[1], &decoder = saved[2], &base = saved[3], &kept = saved[4];
        const Sizes s(x, code, base);
        const Tensor given = gradients[0].contiguous();
        if (!s.prefers_outer_product()) {
            const RowGradients rows = multiply_rows_backward(x, kept, given, s);
            const Tensor flat = given.view({-1, s.outputs}), flat_x = x.view({-1, s.inputs});
            return {
                rows.x, rows.weights.mm(decoder.t()), code.t().mm(rows.weights), flat_x.t().mm(flat)};
        }
        const Tensor flat = given.view({s.rows, s.outputs}), flat_x = x.view({s.rows, s.inputs});
        const Tensor matrix = decoder.view({s.rank * s.inputs, s.outputs});
        OuterGradients outer = outer_product_backward(x, code, flat.mm(matrix.t()), s);
        outer.x.view({s.rows, s.inputs}).addmm_(flat, base.t());
        return {outer.x, outer.code, kept.t().mm(flat).view_as(decoder), flat_x.t().mm(flat)};
    }
};

}  // namespace

Tensor generated_dense(const Tensor &x, const Tensor &code, const Tensor &decoder, const Tensor &base) {
    TORCH_CHECK(
        x.dim() == 3 && code.dim() == 2 && decoder.dim() == 2 && base.dim() == 2 && x.size(0) == code.size(0) &&
            x.size(2) == base.size(0) && decoder.size(0) == code.size(1) && decoder.size(1) == base.numel(),
        "generated_dense: x ", x.sizes(), ", code ", code.sizes(), ", decoder ", decoder.sizes(), " and base ",
        base.sizes(), " do not fit");
    return GeneratedDense::apply(x, code, decoder.contiguous(), base.contiguous());
}

}  // namespace ctorch
