#include "attention.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
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

constexpr int64_t smallest_piece = 32;

struct Sizes {
    int64_t rows, queries, steps, width;
};

Sizes sizes_of(const Tensor &queries, const Tensor &memory) {
    return {queries.size(0), queries.size(1), memory.size(1), queries.size(2)};
}

// weights[q, t] = softmax over t of queries[q] · memory[t] + mask[t], for one row of the batch.
CTORCH_VECTORIZED void attention_weights(
    const float *queries, const float *memory, const float *mask, float *weights, Sizes s) {
    for (int64_t q = 0; q < s.queries; q++) {
        float *row = weights + q * s.steps;
        for (int64_t t = 0; t < s.steps; t++) {
            row[t] = dot(queries + q * s.width, memory + t * s.width, s.width) + mask[t];
        }
        const float largest = *std::max_element(row, row + s.steps);
        for (int64_t t = 0; t < s.steps; t++) row[t] -= largest;
        int64_t t = 0;
        for (; t + lanes <= s.steps; t += lanes) exponential(floats_at(row + t));
        CTORCH_TAIL(row, t, s.steps, exponential)
        float sum = 0;
        for (t = 0; t < s.steps; t++) sum += row[t];
        for (t = 0; t < s.steps; t++) row[t] /= sum;
    }
}

// The gradient of the weights before the softmax, for one row of the batch.
CTORCH_VECTORIZED void attention_weights_backward(
    const float *given, const float *memory, const float *weights, float *to, Sizes s) {
    for (int64_t q = 0; q < s.queries; q++) {
        const float *weight = weights + q * s.steps;
        float *row = to + q * s.steps, mean = 0;
        for (int64_t t = 0; t < s.steps; t++) {
            row[t] = dot(given + q * s.width, memory + t * s.width, s.width);
            mean += weight[t] * row[t];
        }
        for (int64_t t = 0; t < s.steps; t++) row[t] = weight[t] * (row[t] - mean);
    }
}

class Attend : public torch::autograd::Function<Attend> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_queries, const Tensor &given_memory, const Tensor &mask) {
        const Tensor queries = given_queries.contiguous(), memory = given_memory.contiguous();
        const Sizes s = sizes_of(queries, memory);
        Tensor weights = at::empty({s.rows, s.queries, s.steps}, queries.options());
        Tensor result = at::empty_like(queries);
        const float *qs = queries.const_data_ptr<float>(), *ms = memory.const_data_ptr<float>();
        const float *masks = mask.const_data_ptr<float>();
        float *ws = weights.mutable_data_ptr<float>(), *to = result.mutable_data_ptr<float>();
        Pieces(s.rows, smallest_piece).each([&](int64_t, int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; row++) {
                const int64_t q = row * s.queries * s.width;
                const float *m = ms + row * s.steps * s.width;
                float *w = ws + row * s.queries * s.steps;
                attention_weights(qs + q, m, masks + row * s.steps, w, s);
                multiply(s.queries, s.width, s.steps, {w, s.steps, 1}, {m, s.width, 1}, nullptr, 0, to + q, s.width);
            }
        });
        context->save_for_backward({queries, memory, weights});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &queries = saved[0], &memory = saved[1], given = gradients[0].contiguous();
        const Sizes s = sizes_of(queries, memory);
        Tensor to_queries = at::empty_like(queries), to_memory = at::empty_like(memory);
        const float *qs = queries.const_data_ptr<float>(), *ms = memory.const_data_ptr<float>();
        const float *ws = saved[2].const_data_ptr<float>(), *dy = given.const_data_ptr<float>();
        float *dq = to_queries.mutable_data_ptr<float>(), *dm = to_memory.mutable_data_ptr<float>();
        Pieces(s.rows, smallest_piece).each([&](int64_t, int64_t begin, int64_t end) {
            std::vector<float> scores(s.queries * s.steps);
            const Matrix from_scores{scores.data(), s.steps, 1};
            for (int64_t row = begin; row < end; row++) {
                const int64_t q = row * s.queries * s.width, m = row * s.steps * s.width;
                const Matrix weights{ws + row * s.queries * s.steps, s.steps, 1};
                attention_weights_backward(dy + q, ms + m, weights.data, scores.data(), s);
                multiply(
                    s.queries, s.width, s.steps, from_scores, {ms + m, s.width, 1}, nullptr, 0, dq + q, s.width);
                multiply(
                    s.steps, s.width, s.queries, weights.transposed(), {dy + q, s.width, 1}, nullptr, 0, dm + m,
                    s.width);
                multiply(
                    s.steps, s.width, s.queries, from_scores.transposed(), {qs + q, s.width, 1}, dm + m, s.width,
                    dm + m, s.width);
            }
        });
        return {to_queries, to_memory, Tensor()};
    }
};

}  // namespace

Tensor attend(const Tensor &queries, const Tensor &memory, const Tensor &mask) {
    TORCH_CHECK(
        queries.dim() == 3 && memory.dim() == 3 && mask.dim() == 2 && queries.size(0) == memory.size(0) &&
            queries.size(2) == memory.size(2) && mask.size(0) == memory.size(0) && mask.size(1) == memory.size(1) &&
            mask.size(1) > 0,
        "attend: queries ", queries.sizes(), ", memory ", memory.sizes(), " and mask ", mask.sizes(), " do not fit");
    if (takes_plain_form(queries)) return plain::attend(queries, memory, mask);
    return Attend::apply(queries, memory, mask.contiguous());
}

}  // namespace ctorch
