#include "causal_attention.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
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

// Steps whose queries are worked on together: what lies beyond the last of them is never computed.
constexpr int64_t block = 32;

struct Sizes {
    int64_t rows, steps, width, heads;

    int64_t head_width() const { return width / heads; }
    // Pairs of a row and a head, each with work of its own.
    int64_t parts() const { return rows * heads; }
    // Where the columns of a pair begin.
    int64_t columns(int64_t part) const { return part / heads * steps * width + part % heads * head_width(); }
    int64_t weights(int64_t part) const { return part * steps * steps; }
    float scale() const { return 1 / std::sqrt(static_cast<float>(head_width())); }
};

// Turns scores of the steps 0 to t into shares; those of later steps, up to `limit`, become zeros.
CTORCH_VECTORIZED void shares(float *row, int64_t t, int64_t limit, float scale) {
    const int64_t count = t + 1;
    const float largest = *std::max_element(row, row + count);
    for (int64_t s = 0; s < count; s++) row[s] = (row[s] - largest) * scale;
    int64_t s = 0;
    for (; s + lanes <= count; s += lanes) exponential(floats_at(row + s));
    CTORCH_TAIL(row, s, count, exponential)
    float sum = 0;
    for (s = 0; s < count; s++) sum += row[s];
    for (s = 0; s < count; s++) row[s] /= sum;
    for (s = count; s < limit; s++) row[s] = 0;
}

// The gradient of the scores, from that of the shares.
CTORCH_VECTORIZED void shares_backward(
    const float *__restrict shares, float *__restrict gradient, int64_t limit, float scale) {
    float mean = 0;
    for (int64_t s = 0; s < limit; s++) mean += shares[s] * gradient[s];
    for (int64_t s = 0; s < limit; s++) gradient[s] = shares[s] * (gradient[s] - mean) * scale;
}

// The result of all pairs; shares go to `kept`, [rows · heads, steps, steps], unless it is null: without a gradient to come there is no need
// of memory that grows with the square of the steps.
Tensor walk(const Tensor &queries, const Tensor &keys, const Tensor &values, int64_t heads, float *kept) {
    const Sizes s{queries.size(0), queries.size(1), queries.size(2), heads};
    Tensor result = at::empty_like(queries);
    const float *qs = queries.const_data_ptr<float>(), *ks = keys.const_data_ptr<float>();
    const float *vs = values.const_data_ptr<float>();
    float *to = result.mutable_data_ptr<float>();
    Pieces(s.parts(), 1).each([&](int64_t, int64_t begin, int64_t end) {
        std::vector<float> scratch(kept ? 0 : block * s.steps);
        for (int64_t part = begin; part < end; part++) {
            const int64_t at = s.columns(part);
            for (int64_t t = 0; t < s.steps; t += block) {
                const int64_t count = std::min(block, s.steps - t), limit = t + count, here = at + t * s.width;
                float *w = kept ? kept + s.weights(part) + t * s.steps : scratch.data();
                multiply(
                    count, limit, s.head_width(), {qs + here, s.width, 1}, {ks + at, 1, s.width}, nullptr, 0, w,
                    s.steps);
                for (int64_t i = 0; i < count; i++) shares(w + i * s.steps, t + i, limit, s.scale());
                multiply(
                    count, s.head_width(), limit, {w, s.steps, 1}, {vs + at, s.width, 1}, nullptr, 0, to + here,
                    s.width);
            }
        }
    });
    return result;
}

class AttendCausally : public torch::autograd::Function<AttendCausally> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_queries, const Tensor &given_keys, const Tensor &given_values,
        int64_t heads) {
        const Tensor queries = given_queries.contiguous(), keys = given_keys.contiguous();
        const Tensor values = given_values.contiguous();
        const int64_t rows = queries.size(0), steps = queries.size(1);
        Tensor weights = at::empty({rows * heads, steps, steps}, queries.options());
        const Tensor result = walk(queries, keys, values, heads, weights.mutable_data_ptr<float>());
        context->saved_data["heads"] = heads;
        context->save_for_backward({queries, keys, values, weights});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &queries = saved[0], &keys = saved[1], &values = saved[2], given = gradients[0].contiguous();
        const Sizes s{
            queries.size(0), queries.size(1), queries.size(2), context->saved_data["heads"].toInt()};
        Tensor to_queries = at::empty_like(queries), to_keys = at::zeros_like(keys), to_values = at::zeros_like(values);
        const float *qs = queries.const_data_ptr<float>(), *ks = keys.const_data_ptr<float>();
        const float *vs = values.const_data_ptr<float>(), *ws = saved[3].const_data_ptr<float>();
        const float *dy = given.const_data_ptr<float>();
        float *dq = to_queries.mutable_data_ptr<float>(), *dk = to_keys.mutable_data_ptr<float>();
        float *dv = to_values.mutable_data_ptr<float>();
        Pieces(s.parts(), 1).each([&](int64_t, int64_t begin, int64_t end) {
            std::vector<float> scores(block * s.steps);
            for (int64_t part = begin; part < end; part++) {
                const int64_t at = s.columns(part);
                for (int64_t t = 0; t < s.steps; t += block) {
                    const int64_t count = std::min(block, s.steps - t), limit = t + count, here = at + t * s.width;
                    const float *w = ws + s.weights(part) + t * s.steps;
                    const Matrix weights{w, s.steps, 1}, from_scores{scores.data(), s.steps, 1};
                    const Matrix from_result{dy + here, s.width, 1};
                    multiply(
                        limit, s.head_width(), count, weights.transposed(), from_result, dv + at, s.width, dv + at,
                        s.width);
                    multiply(
                        count, limit, s.head_width(), from_result, {vs + at, 1, s.width}, nullptr, 0, scores.data(),
                        s.steps);
                    for (int64_t i = 0; i < count; i++) {
                        shares_backward(w + i * s.steps, scores.data() + i * s.steps, limit, s.scale());
                    }
                    multiply(
                        count, s.head_width(), limit, from_scores, {ks + at, s.width, 1}, nullptr, 0, dq + here,
                        s.width);
                    multiply(
                        limit, s.head_width(), count, from_scores.transposed(), {qs + here, s.width, 1}, dk + at,
                        s.width, dk + at, s.width);
                }
            }
        });
        return {to_queries, to_keys, to_values, Tensor()};
    }
};

}  // namespace

Tensor attend_causally(const Tensor &queries, const Tensor &keys, const Tensor &values, int64_t heads) {
    TORCH_CHECK(
        queries.dim() == 3 && queries.sizes() == keys.sizes() && queries.sizes() == values.sizes() && heads > 0 &&
            queries.size(2) % heads == 0,
        "attend_causally: queries ", queries.sizes(), ", keys ", keys.sizes(), " and values ", values.sizes(),
        " do not fit ", heads, " heads");
    if (takes_plain_form(queries)) return plain::attend_causally(queries, keys, values, heads);
    if (!at::GradMode::is_enabled()) {
        return walk(queries.contiguous(), keys.contiguous(), values.contiguous(), heads, nullptr);
    }
    return AttendCausally::apply(queries, keys, values, heads);
}

}  // namespace ctorch
