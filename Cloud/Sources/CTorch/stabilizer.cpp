#include "stabilizer.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <vector>

#include "device.h"
#include "parallel.h"
#include "plain.h"
#include "vectors.h"

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Sizes {
    int64_t count, size;
};

// The column sums of A·Aᵀ are A·(Σ_m A_m): no M × M matrix is needed.
CTORCH_VECTORIZED void join(const float *a, double temperature, float *total, float *weights, float *to, Sizes s) {
    std::fill_n(total, s.size, 0.0f);
    std::fill_n(to, s.size, 0.0f);
    for (int64_t m = 0; m < s.count; m++) add_scaled(total, a + m * s.size, 1, s.size);
    for (int64_t m = 0; m < s.count; m++) {
        weights[m] = static_cast<float>(dot(a + m * s.size, total, s.size) / temperature);
    }
    const float largest = *std::max_element(weights, weights + s.count);
    float sum = 0;
    for (int64_t m = 0; m < s.count; m++) sum += weights[m] = std::exp(weights[m] - largest);
    for (int64_t m = 0; m < s.count; m++) weights[m] /= sum;
    for (int64_t m = 0; m < s.count; m++) add_scaled(to, a + m * s.size, weights[m], s.size);
}

// With g the given gradient and s_m the gradient of the score of m before the softmax:
// dA_m = α_m g + s_m Σ_j A_j + Σ_j s_j A_j.
CTORCH_VECTORIZED void join_backward(
    const float *a, double temperature, const float *total, const float *weights, const float *given, float *scores,
    float *shared, float *to, Sizes s) {
    float mean = 0;
    for (int64_t m = 0; m < s.count; m++) {
        scores[m] = dot(a + m * s.size, given, s.size);
        mean += weights[m] * scores[m];
    }
    std::fill_n(shared, s.size, 0.0f);
    for (int64_t m = 0; m < s.count; m++) {
        scores[m] = static_cast<float>(weights[m] * (scores[m] - mean) / temperature);
        add_scaled(shared, a + m * s.size, scores[m], s.size);
    }
    for (int64_t m = 0; m < s.count; m++) {
        for (int64_t i = 0; i < s.size; i++) {
            to[m * s.size + i] = weights[m] * given[i] + scores[m] * total[i] + shared[i];
        }
    }
}

class JoinCandidates : public torch::autograd::Function<JoinCandidates> {
public:
    static Tensor forward(AutogradContext *context, const Tensor &given_candidates, double temperature) {
        const Tensor candidates = given_candidates.contiguous();
        const Sizes s{candidates.size(1), candidates.size(2)};
        const auto options = candidates.options();
        Tensor totals = at::empty({candidates.size(0), s.size}, options), result = at::empty_like(totals);
        Tensor weights = at::empty({candidates.size(0), s.count}, options);
        const float *as = candidates.const_data_ptr<float>();
        float *total = totals.mutable_data_ptr<float>(), *weight = weights.mutable_data_ptr<float>();
        float *to = result.mutable_data_ptr<float>();
        Pieces(candidates.size(0), 1).each([&](int64_t, int64_t begin, int64_t end) {
            for (int64_t g = begin; g < end; g++) {
                join(
                    as + g * s.count * s.size, temperature, total + g * s.size, weight + g * s.count, to + g * s.size,
                    s);
            }
        });
        context->saved_data["temperature"] = temperature;
        context->save_for_backward({candidates, totals, weights});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &candidates = saved[0], given = gradients[0].contiguous();
        const double temperature = context->saved_data["temperature"].toDouble();
        const Sizes s{candidates.size(1), candidates.size(2)};
        Tensor result = at::empty_like(candidates);
        const float *as = candidates.const_data_ptr<float>(), *total = saved[1].const_data_ptr<float>();
        const float *weight = saved[2].const_data_ptr<float>(), *dy = given.const_data_ptr<float>();
        float *to = result.mutable_data_ptr<float>();
        Pieces(candidates.size(0), 1).each([&](int64_t, int64_t begin, int64_t end) {
            std::vector<float> scores(s.count), shared(s.size);
            for (int64_t g = begin; g < end; g++) {
                join_backward(
                    as + g * s.count * s.size, temperature, total + g * s.size, weight + g * s.count, dy + g * s.size,
                    scores.data(), shared.data(), to + g * s.count * s.size, s);
            }
        });
        return {result, Tensor()};
    }
};

}  // namespace

Tensor join_candidates(const Tensor &candidates, double temperature) {
    TORCH_CHECK(
        candidates.dim() == 3 && candidates.size(1) > 0, "join_candidates: expected [groups, M, n], got ",
        candidates.sizes());
    if (takes_plain_form(candidates)) return plain::join_candidates(candidates, temperature);
    return JoinCandidates::apply(candidates, temperature);
}

}  // namespace ctorch
