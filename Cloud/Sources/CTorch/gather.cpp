#include "gather.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "device.h"
#include "parallel.h"
#include "plain.h"
#include "vectors.h"

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t smallest_piece = 64;
// Columns that one thread adds to: a line of the cache.
constexpr int64_t column_piece = 16;

CTORCH_VECTORIZED void add_range(
    const float *__restrict from, const int64_t *__restrict indices, int64_t rows, float *__restrict table,
    int64_t width, int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; row++) {
        add_scaled(table + indices[row] * width + begin, from + row * width + begin, 1, end - begin);
    }
}

class Gather : public torch::autograd::Function<Gather> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_table, const Tensor &indices,
        const std::optional<Tensor> &given_ages, const std::optional<Tensor> &age_indices, int64_t activation) {
        const bool aged = given_ages.has_value();
        const Tensor table = given_table.contiguous(), ages = aged ? given_ages->contiguous() : Tensor();
        const int64_t width = table.size(1);
        auto shape = indices.sizes().vec();
        shape.push_back(width);
        Tensor result = at::empty(shape, table.options());
        const float *from = table.const_data_ptr<float>(), *age_from = aged ? ages.const_data_ptr<float>() : nullptr;
        const int64_t *rows = indices.const_data_ptr<int64_t>();
        const int64_t *age_rows = aged ? age_indices->const_data_ptr<int64_t>() : nullptr;
        float *to = result.mutable_data_ptr<float>();
        Pieces(indices.numel(), smallest_piece).each([&](int64_t, int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; row++) {
                std::copy_n(from + rows[row] * width, width, to + row * width);
                if (aged) add_scaled(to + row * width, age_from + age_rows[row] * width, 1, width);
            }
            activate(Activation(activation), to + begin * width, (end - begin) * width);
        });
        context->saved_data["activation"] = activation;
        context->saved_data["rows"] = table.size(0);
        context->saved_data["ages"] = aged ? ages.size(0) : 0;
        context->save_for_backward({result, indices, age_indices.value_or(Tensor())});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Activation activation(static_cast<Activation>(context->saved_data["activation"].toInt()));
        const Tensor &values = saved[0];
        Tensor given = gradients[0].contiguous();
        const int64_t width = values.size(-1);
        if (activation != Activation::identity) {
            Tensor before = at::empty_like(values);
            const float *value = values.const_data_ptr<float>(), *dy = given.const_data_ptr<float>();
            float *to = before.mutable_data_ptr<float>();
            Pieces(values.numel(), smallest_piece * width).each([&](int64_t, int64_t begin, int64_t end) {
                activation_gradient(activation, value + begin, dy + begin, to + begin, end - begin);
            });
            given = before;
        }
        Tensor to_table = at::zeros({context->saved_data["rows"].toInt(), width}, values.options()), to_ages;
        add_rows(given, saved[1], to_table);
        if (saved[2].defined()) {
            to_ages = at::zeros({context->saved_data["ages"].toInt(), width}, values.options());
            add_rows(given, saved[2], to_ages);
        }
        return {to_table, Tensor(), to_ages, Tensor(), Tensor()};
    }
};

struct DotSizes {
    int64_t rows, count, width;
};

CTORCH_VECTORIZED void dot_range(
    const float *users, const float *table, const int64_t *candidates, float *to, DotSizes s, int64_t begin,
    int64_t end) {
    for (int64_t row = begin; row < end; row++) {
        for (int64_t c = 0; c < s.count; c++) {
            const int64_t pair = row * s.count + c;
            to[pair] = dot(users + row * s.width, table + candidates[pair] * s.width, s.width);
        }
    }
}

// The gradients in some of the columns.
CTORCH_VECTORIZED void dot_backward_range(
    const float *__restrict users, const float *__restrict table, const int64_t *__restrict candidates,
    const float *__restrict given, float *__restrict to_users, float *__restrict to_table, DotSizes s, int64_t begin,
    int64_t end) {
    for (int64_t row = 0; row < s.rows; row++) {
        const int64_t user = row * s.width + begin;
        std::fill_n(to_users + user, end - begin, 0.0f);
        for (int64_t c = 0; c < s.count; c++) {
            const int64_t pair = row * s.count + c, item = candidates[pair] * s.width + begin;
            add_scaled(to_users + user, table + item, given[pair], end - begin);
            add_scaled(to_table + item, users + user, given[pair], end - begin);
        }
    }
}

class GatheredDot : public torch::autograd::Function<GatheredDot> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &given_users, const Tensor &given_table, const Tensor &candidates) {
        const Tensor users = given_users.contiguous(), table = given_table.contiguous();
        const DotSizes s{candidates.size(0), candidates.size(1), users.size(1)};
        Tensor result = at::empty(candidates.sizes(), users.options());
        const float *user = users.const_data_ptr<float>(), *item = table.const_data_ptr<float>();
        const int64_t *rows = candidates.const_data_ptr<int64_t>();
        float *to = result.mutable_data_ptr<float>();
        Pieces(s.rows, smallest_piece).each([&](int64_t, int64_t begin, int64_t end) {
            dot_range(user, item, rows, to, s, begin, end);
        });
        context->save_for_backward({users, table, candidates});
        return result;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const Tensor &users = saved[0], &table = saved[1], given = gradients[0].contiguous();
        const DotSizes s{saved[2].size(0), saved[2].size(1), users.size(1)};
        Tensor to_users = at::empty_like(users), to_table = at::zeros_like(table);
        const float *user = users.const_data_ptr<float>(), *item = table.const_data_ptr<float>();
        const float *dy = given.const_data_ptr<float>();
        const int64_t *rows = saved[2].const_data_ptr<int64_t>();
        float *to_user = to_users.mutable_data_ptr<float>(), *to_item = to_table.mutable_data_ptr<float>();
        Pieces(s.width, column_piece).each([&](int64_t, int64_t begin, int64_t end) {
            dot_backward_range(user, item, rows, dy, to_user, to_item, s, begin, end);
        });
        return {to_users, to_table, Tensor()};
    }
};

}  // namespace

void check_rows(const Tensor &indices, int64_t rows) {
    const int64_t *values = indices.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < indices.numel(); i++) {
        TORCH_CHECK_INDEX(values[i] >= 0 && values[i] < rows, "gather: row ", values[i], " of a table of ", rows);
    }
}

void add_rows(const Tensor &from, const Tensor &indices, Tensor &table) {
    const float *rows = from.const_data_ptr<float>();
    const int64_t *index = indices.const_data_ptr<int64_t>(), count = indices.numel(), width = table.size(1);
    float *to = table.mutable_data_ptr<float>();
    Pieces(width, column_piece).each([&](int64_t, int64_t begin, int64_t end) {
        add_range(rows, index, count, to, width, begin, end);
    });
}

Tensor gather(
    const Tensor &table, const Tensor &indices, const std::optional<Tensor> &ages,
    const std::optional<Tensor> &age_indices, Activation activation) {
    TORCH_CHECK(table.dim() == 2, "gather: expected a table [items, d], got ", table.sizes());
    TORCH_CHECK(ages.has_value() == age_indices.has_value(), "gather: ages and their indices come together");
    if (ages) {
        TORCH_CHECK(
            ages->dim() == 2 && ages->size(1) == table.size(1) && age_indices->sizes() == indices.sizes() &&
                age_indices->is_contiguous(),
            "gather: ages ", ages->sizes(), " do not fit the table ", table.sizes());
    }
    if (takes_plain_form(table)) return plain::gather(table, indices, ages, age_indices, activation);
    check_rows(indices, table.size(0));
    if (ages) check_rows(*age_indices, ages->size(0));
    return Gather::apply(table, indices.contiguous(), ages, age_indices, static_cast<int64_t>(activation));
}

Tensor gathered_dot(const Tensor &users, const Tensor &table, const Tensor &candidates) {
    TORCH_CHECK(
        users.dim() == 2 && table.dim() == 2 && candidates.dim() == 2 && users.size(1) == table.size(1) &&
            users.size(0) == candidates.size(0),
        "gathered_dot: users ", users.sizes(), ", table ", table.sizes(), " and candidates ", candidates.sizes(),
        " do not fit");
    if (takes_plain_form(table)) return plain::gathered_dot(users, table, candidates);
    check_rows(candidates, table.size(0));
    return GatheredDot::apply(users, table, candidates.contiguous());
}

}  // namespace ctorch
