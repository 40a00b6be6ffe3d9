#include "plain.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

namespace ctorch::plain {
namespace {

using at::Tensor;

Tensor activated(const Tensor &x, Activation activation) {
    switch (activation) {
    case Activation::tanh: return x.tanh();
    case Activation::relu: return x.relu();
    case Activation::identity: break;
    }
    return x;
}

// Where the elements of all windows lie among the positions of an image, [windows · size · size].
Tensor places(const ct_windows &windows, int64_t width, const Tensor &like) {
    const auto options = like.options().dtype(at::kLong);
    const auto axis = [&](int64_t count, int64_t step, at::IntArrayRef shape) {
        return (at::arange(count, options) * step).view(shape);
    };
    const Tensor first = axis(windows.out_height, windows.stride * width, {-1, 1, 1, 1}) +
                         axis(windows.out_width, windows.stride, {1, -1, 1, 1});
    return (first + axis(windows.size, width, {1, 1, -1, 1}) + axis(windows.size, 1, {1, 1, 1, -1})).flatten();
}

}  // namespace

Tensor dense(const Tensor &x, const Tensor &weight, const std::optional<Tensor> &bias, Activation activation) {
    return activated(at::linear(x, weight.t(), bias), activation);
}

Tensor generated_dense(const Tensor &x, const Generated &g, Activation activation) {
    const Tensor weights = at::addmm(g.weight.reshape({1, -1}), g.code, g.weight_decoder);
    const Tensor biases = at::addmm(g.bias, g.code, g.bias_decoder);
    const int64_t inputs = g.weight.size(0), outputs = g.weight.size(1);
    return activated(
        at::baddbmm(biases.unsqueeze(1), x, weights.view({x.size(0), inputs, outputs})), activation);
}

Tensor gather(
    const Tensor &table, const Tensor &indices, const std::optional<Tensor> &ages,
    const std::optional<Tensor> &age_indices, Activation activation) {
    const Tensor rows = at::embedding(table, indices);
    return activated(ages ? rows + at::embedding(*ages, *age_indices) : rows, activation);
}

Tensor gathered_dot(const Tensor &users, const Tensor &table, const Tensor &candidates) {
    return at::bmm(at::embedding(table, candidates), users.unsqueeze(2)).squeeze(2);
}

Tensor attend(const Tensor &queries, const Tensor &memory, const Tensor &mask) {
    const Tensor scores = at::bmm(queries, memory.transpose(1, 2)) + mask.unsqueeze(1);
    return at::bmm(scores.softmax(2), memory);
}

Tensor attend_causally(const Tensor &queries, const Tensor &keys, const Tensor &values, int64_t heads) {
    const auto split = [&](const Tensor &x) {  // [rows, heads, steps, d / heads]
        return x.reshape({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
    };
    return at::scaled_dot_product_attention(
               split(queries), split(keys), split(values), /*attn_mask=*/std::nullopt, /*dropout_p=*/0,
               /*is_causal=*/true)
        .transpose(1, 2)
        .reshape(queries.sizes());
}

Tensor gru(const Tensor &inputs, const Tensor &indices, const Tensor &weight, const Tensor &bias) {
    const int64_t units = weight.size(0);
    const Tensor items = at::embedding(inputs, indices);  // [rows, steps, 3 · units]
    Tensor state = at::zeros({indices.size(0), units}, inputs.options());
    std::vector<Tensor> states;
    for (int64_t step = 0; step < indices.size(1); step++) {
        const Tensor item = items.select(1, step), recurrent = at::addmm(bias, state, weight);
        const Tensor gates = (item.narrow(1, 0, 2 * units) + recurrent.narrow(1, 0, 2 * units)).sigmoid();
        const Tensor reset = gates.narrow(1, 0, units), update = gates.narrow(1, units, units);
        const Tensor fresh =
            (item.narrow(1, 2 * units, units) + reset * recurrent.narrow(1, 2 * units, units)).tanh();
        state = fresh + update * (state - fresh);
        states.push_back(state);
    }
    return at::stack(states, 1);
}

Tensor join_candidates(const Tensor &candidates, double temperature) {
    const Tensor total = candidates.sum(1).unsqueeze(2);  // [groups, n, 1]
    const Tensor shares = (at::bmm(candidates, total) / temperature).softmax(1);
    return (candidates * shares).sum(1);
}

Tensor softmax_loss(
    const Tensor &logits, const Tensor &targets, const std::optional<Tensor> &shift,
    const std::optional<Tensor> &weights) {
    const Tensor columns = targets.unsqueeze(1), own = logits.gather(1, columns);
    const Tensor all = shift ? (logits + *shift).scatter(1, columns, own) : logits;
    const Tensor losses = all.logsumexp(1) - own.squeeze(1);
    return (weights ? losses * *weights : losses).mean();
}

Tensor dropout(const Tensor &x, double rate, uint64_t seed) {
    TORCH_CHECK(x.numel() < (int64_t(1) << 31), "dropout: a tensor has ", x.numel(), " elements, more than 2^31");
    // hashed() of dropout.cpp, on signed numbers: products wrap alike, and a shift to the right is cut to the bits that an unsigned
    // one leaves.
    const auto number = [](uint64_t bits) { return static_cast<int32_t>(static_cast<uint32_t>(bits)); };
    const auto folded = [](const Tensor &h, int64_t bits) {
        return h.bitwise_xor(h.bitwise_right_shift(bits).bitwise_and((int64_t(1) << (32 - bits)) - 1));
    };
    Tensor h = at::arange(x.numel(), x.options().dtype(at::kInt)).bitwise_xor(number(seed));
    h = h * number(0x9E3779B1u) + number(seed >> 32);
    h = folded(h, 16) * number(0x85EBCA6Bu);
    h = folded(h, 13) * number(0xC2B2AE35u);
    // Signed numbers are in the order of unsigned ones once the first bit is turned.
    const auto threshold = static_cast<uint32_t>(rate * 4294967296.0) ^ 0x80000000u;
    const Tensor is_kept = folded(h, 16).bitwise_xor(number(0x80000000u)).ge(number(threshold)).view(x.sizes());
    return at::where(is_kept, x * static_cast<float>(1 / (1 - rate)), 0);
}

void adam(
    at::TensorList values, at::TensorList gradients, at::TensorList means, at::TensorList squares, int64_t step,
    double rate, double beta1, double beta2, double epsilon, double scale) {
    at::_foreach_div_(gradients, scale);
    at::_foreach_lerp_(means, gradients, 1 - beta1);
    at::_foreach_mul_(squares, beta2);
    at::_foreach_addcmul_(squares, gradients, gradients, 1 - beta2);
    auto roots = at::_foreach_sqrt(squares);
    at::_foreach_div_(roots, std::sqrt(1 - std::pow(beta2, step)));
    at::_foreach_add_(roots, epsilon);
    at::_foreach_addcdiv_(values, means, roots, -rate / (1 - std::pow(beta1, step)));
}

Tensor gathered(const Tensor &image, const ct_windows &windows) {
    return image.flatten(1, 2).index_select(1, places(windows, image.size(2), image)).flatten(1);
}

Tensor scattered(const Tensor &patches, const ct_windows &windows, int64_t height, int64_t width) {
    const Tensor place = places(windows, width, patches);
    const Tensor elements = patches.reshape({patches.size(0), place.size(0), -1});
    return at::zeros({patches.size(0), height * width, elements.size(2)}, patches.options())
        .index_add(1, place, elements)
        .view({patches.size(0), height, width, -1});
}

}  // namespace ctorch::plain
