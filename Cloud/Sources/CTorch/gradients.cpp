// Gradients, and the steps that are taken along them.
#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/floor_divide.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "device.h"
#include "handles.h"
#include "plain.h"

using ctorch::guarded;
using ctorch::produce;

int ct_require_gradient(ct_tensor tensor) {
    return guarded([&] { tensor->value.requires_grad_(true); });
}
bool ct_requires_gradient(ct_input tensor) { return tensor->value.requires_grad(); }
int ct_backward(ct_input loss) {
    return guarded([&] { loss->value.backward(); });
}
int ct_backward_from(ct_input result, ct_input gradient) {
    return guarded([&] { result->value.backward(gradient->value); });
}
int ct_gradient_of(ct_input result, ct_input gradient, ct_input input, ct_tensor *out) {
    return produce(out, [&] {
        return torch::autograd::grad(
            {result->value}, {input->value}, {gradient->value}, /*retain_graph=*/true)[0];
    });
}
int ct_gradient(ct_input tensor, ct_tensor *out) {
    return guarded([&] {
        auto gradient = tensor->value.grad();
        *out = gradient.defined() ? new ct_tensor_s{gradient} : nullptr;
    });
}
int ct_take_gradients(
    const ct_tensor *parameters, int count, const float *numbers, int number_count, ct_tensor *out) {
    return produce(out, [&] {
        at::NoGradGuard guard;
        int64_t total = count + number_count;
        for (int i = 0; i < count; i++) total += parameters[i]->value.numel();
        at::Tensor all = at::empty({total}, at::TensorOptions(ctorch::current_device()));
        std::vector<float> rest;
        int64_t start = 0;
        for (int i = 0; i < count; i++) {
            at::Tensor &parameter = parameters[i]->value;
            const at::Tensor gradient = parameter.grad();
            TORCH_CHECK(!gradient.defined() || !gradient.is_sparse(), "a sparse gradient cannot be taken");
            at::Tensor part = all.narrow(0, start, parameter.numel());
            gradient.defined() ? part.copy_(gradient.reshape({-1})) : part.zero_();
            rest.push_back(gradient.defined() ? 1 : 0);
            start += parameter.numel();
            parameter.mutable_grad().reset();
        }
        rest.insert(rest.end(), numbers, numbers + number_count);
        all.narrow(0, start, rest.size()).copy_(at::tensor(rest));
        return all;
    });
}
int ct_put_gradients(const ct_tensor *parameters, int count, ct_input gradients, double factor) {
    return guarded([&] {
        at::NoGradGuard guard;
        const at::Tensor &all = gradients->value;
        int64_t start = 0, values = 0;
        for (int i = 0; i < count; i++) values += parameters[i]->value.numel();
        TORCH_CHECK(all.numel() >= values + count, "expected ", values + count, " numbers, got ", all.numel());
        const at::Tensor rest = all.narrow(0, values, count).cpu();
        const float *is_there = rest.const_data_ptr<float>();
        for (int i = 0; i < count; i++) {
            at::Tensor &parameter = parameters[i]->value;
            at::Tensor part = all.narrow(0, start, parameter.numel()).view(parameter.sizes());
            start += parameter.numel();
            if (is_there[i] > 0) {
                parameter.mutable_grad() = factor == 1 ? part : part * factor;
            } else {
                parameter.mutable_grad().reset();
            }
        }
    });
}
int ct_detach(ct_input tensor, ct_tensor *out) {
    return produce(out, [&] { return tensor->value.detach(); });
}
bool ct_set_gradient_mode(bool enabled) {
    bool before = at::GradMode::is_enabled();
    at::GradMode::set_enabled(enabled);
    return before;
}

// What Adam changes in a step: whole tensors, or the rows of a table that a sparse gradient touches.
struct AdamLists {
    std::vector<at::Tensor> values, gradients, means, squares;
    // The tables whose rows are among the values as copies, and where those belong.
    struct Rows {
        size_t place;
        at::Tensor indices, value, mean, square;
    };
    std::vector<Rows> rows;

    void add(const at::Tensor &value, const at::Tensor &mean, const at::Tensor &square) {
        auto gradient = value.grad();
        if (!gradient.defined()) return;
        if (!gradient.is_sparse()) return add(value, gradient, mean, square);
        gradient = gradient.coalesce();
        auto indices = gradient.indices().select(0, 0);
        rows.push_back({values.size(), indices, value, mean, square});
        add(value.index_select(0, indices), gradient.values(), mean.index_select(0, indices),
            square.index_select(0, indices));
    }

    void add(const at::Tensor &value, const at::Tensor &gradient, const at::Tensor &mean, const at::Tensor &square) {
        values.push_back(value);
        gradients.push_back(gradient);
        means.push_back(mean);
        squares.push_back(square);
    }

    double norm() const { return at::stack(at::_foreach_norm(gradients)).norm().item<double>(); }

    void take_step(const ct_adam &adam, double norm) {
        if (adam.decay > 0) {
            for (const auto &value : values) {
                if (value.dim() > 1) value.mul_(1 - adam.rate * adam.decay);
            }
        }
        const double scale = std::max(1.0, norm / adam.clip);
        if (ctorch::takes_plain_form(values[0])) {
            ctorch::plain::adam(
                values, gradients, means, squares, adam.step, adam.rate, adam.beta1, adam.beta2, adam.epsilon, scale);
            return;
        }
        // The kernel adds no step of its own: it takes the number of this step, as a tensor for each parameter.
        std::vector<at::Tensor> unused;
        std::vector<at::Tensor> steps(values.size(), at::scalar_tensor(static_cast<double>(adam.step), at::kFloat));
        // It divides the gradients by the scale.
        at::_fused_adam_(
            values, gradients, means, squares, unused, steps, adam.rate, adam.beta1, adam.beta2,
            /*weight_decay=*/0.0, adam.epsilon, /*amsgrad=*/false, /*maximize=*/false,
            at::scalar_tensor(scale, at::kFloat));
    }

    void write_back() {
        for (auto &row : rows) {
            row.value.index_copy_(0, row.indices, values[row.place]);
            row.mean.index_copy_(0, row.indices, means[row.place]);
            row.square.index_copy_(0, row.indices, squares[row.place]);
        }
    }
};

int ct_adam_step(
    const ct_tensor *parameters, const ct_tensor *first, const ct_tensor *second, int count, ct_adam adam,
    double other_squares, double *norm) {
    return guarded([&] {
        at::NoGradGuard guard;
        AdamLists lists;
        for (int i = 0; i < count; i++) lists.add(parameters[i]->value, first[i]->value, second[i]->value);
        *norm = lists.values.empty() ? 0 : lists.norm();
        if (other_squares != 0) *norm = std::sqrt(*norm * *norm + other_squares);
        if (lists.values.empty()) return;
        if (std::isfinite(*norm)) {
            lists.take_step(adam, *norm);
            lists.write_back();
        }
        for (int i = 0; i < count; i++) parameters[i]->value.mutable_grad().reset();
    });
}

int ct_adam_rows(
    ct_tensor table, ct_input rows, ct_input gradient, ct_tensor first, ct_tensor second, ct_share share, ct_adam adam,
    double norm) {
    return guarded([&] {
        at::NoGradGuard guard;
        const at::Tensor &indices = rows->value;
        const int64_t count = indices.size(0);
        if (count == 0) return;
        const int64_t length = (table->value.size(0) + CT_ROW_BLOCKS - 1) / CT_ROW_BLOCKS;
        const at::Tensor blocks = at::floor_divide(indices.remainder(CT_ROW_BLOCKS), share.size);
        const at::Tensor places = blocks * length + at::floor_divide(indices, CT_ROW_BLOCKS);
        // The kernel rounds numbers otherwise that are left over behind its last vector. Rows of zeros leave none over, so that no row's last bits
        // depend on how many others are with it. As many numbers as no processor has in a vector:
        constexpr int64_t vector = 64;
        const auto filled = [&](const at::Tensor &some) {
            return at::constant_pad_nd(some, {0, 0, 0, (vector - count % vector) % vector});
        };
        AdamLists lists;
        lists.add(
            filled(table->value.index_select(0, indices)), filled(gradient->value),
            filled(first->value.index_select(0, places)), filled(second->value.index_select(0, places)));
        lists.take_step(adam, norm);
        table->value.index_copy_(0, indices, lists.values[0].narrow(0, 0, count));
        first->value.index_copy_(0, places, lists.means[0].narrow(0, 0, count));
        second->value.index_copy_(0, places, lists.squares[0].narrow(0, 0, count));
    });
}

int ct_sgd_step(const ct_tensor *parameters, const ct_input *anchors, int count, double rate, double pull) {
    return guarded([&] {
        const at::NoGradGuard without_gradients;
        for (int i = 0; i < count; i++) {
            at::Tensor &value = parameters[i]->value;
            at::Tensor gradient = value.grad();
            if (!gradient.defined()) continue;
            if (pull > 0) gradient = gradient + (value - anchors[i]->value) * pull;
            value.sub_(gradient, rate);
            value.mutable_grad() = at::Tensor();
        }
    });
}
