// Rows of tables that are divided among processes: which are whose, and the sums of their gradients.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <vector>

#include "handles.h"

using ctorch::guarded;
using ctorch::produce;

namespace {

int64_t owner(int64_t row, int64_t size) { return row % CT_ROW_BLOCKS % size; }

// Rows of each block, those that the last ones lack included.
int64_t block_rows(const at::Tensor &table) { return (table.size(0) + CT_ROW_BLOCKS - 1) / CT_ROW_BLOCKS; }

at::Tensor block_of(const at::Tensor &table, int64_t block) {
    return table.detach().slice(0, block, table.size(0), CT_ROW_BLOCKS);
}

struct Rows {
    at::Tensor rows, values;

    void give(ct_tensor *rows_out, ct_tensor *values_out) {
        *rows_out = new ct_tensor_s{rows};
        *values_out = new ct_tensor_s{values};
    }
};

Rows taken(at::Tensor &table) {
    const at::Tensor gradient = table.grad();
    if (!gradient.defined()) return {at::empty({0}, at::kLong), at::empty({0, table.size(1)}, at::kFloat)};
    TORCH_CHECK(gradient.is_sparse(), "only a sparse gradient has rows");
    const at::Tensor sums = gradient.coalesce();
    table.mutable_grad().reset();
    return {sums.indices().select(0, 0).contiguous(), sums.values().contiguous()};
}

// Both ascend, and so does the sum.
Rows sum(const Rows &a, const Rows &b) {
    const int64_t a_count = a.rows.size(0), b_count = b.rows.size(0), width = a.values.size(1);
    TORCH_CHECK(width == b.values.size(1), "rows of tables of different widths are added");
    Rows all{at::empty({a_count + b_count}, at::kLong), at::empty({a_count + b_count, width}, at::kFloat)};
    const int64_t *a_rows = a.rows.const_data_ptr<int64_t>(), *b_rows = b.rows.const_data_ptr<int64_t>();
    const float *a_values = a.values.const_data_ptr<float>(), *b_values = b.values.const_data_ptr<float>();
    int64_t *rows = all.rows.mutable_data_ptr<int64_t>();
    float *values = all.values.mutable_data_ptr<float>();
    int64_t i = 0, j = 0, count = 0;
    for (; i < a_count || j < b_count; count++) {
        const bool is_of_a = j == b_count || (i < a_count && a_rows[i] <= b_rows[j]);
        const bool is_of_b = i == a_count || (j < b_count && b_rows[j] <= a_rows[i]);
        const float *left = a_values + i * width, *right = b_values + j * width;
        float *value = values + count * width;
        rows[count] = is_of_a ? a_rows[i] : b_rows[j];
        if (is_of_a && is_of_b) {
            for (int64_t k = 0; k < width; k++) value[k] = left[k] + right[k];
        } else {
            std::copy_n(is_of_a ? left : right, width, value);
        }
        i += is_of_a;
        j += is_of_b;
    }
    return {all.rows.narrow(0, 0, count), all.values.narrow(0, 0, count)};
}

}  // namespace

int ct_copy_indices(ct_input tensor, int64_t *values, int64_t count) {
    return guarded([&] {
        TORCH_CHECK(
            tensor->value.scalar_type() == at::kLong && tensor->value.numel() == count, "expected ", count, " indices");
        const at::Tensor all = tensor->value.contiguous();
        std::copy_n(all.const_data_ptr<int64_t>(), count, values);
    });
}

int ct_distinct(const ct_input *indices, int count, ct_tensor *out) {
    return produce(out, [&] {
        std::vector<int64_t> all;
        for (int i = 0; i < count; i++) {
            const at::Tensor part = indices[i]->value.contiguous();
            const int64_t *first = part.const_data_ptr<int64_t>();
            all.insert(all.end(), first, first + part.numel());
        }
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return at::from_blob(all.data(), {static_cast<int64_t>(all.size())}, at::kLong).clone();
    });
}

int ct_take_row_gradient(ct_tensor table, ct_tensor *rows, ct_tensor *values) {
    return guarded([&] {
        const at::NoGradGuard guard;
        taken(table->value).give(rows, values);
    });
}

int ct_add_rows(
    ct_input a_rows, ct_input a_values, ct_input b_rows, ct_input b_values, ct_tensor *rows, ct_tensor *values) {
    return guarded([&] {
        sum({a_rows->value.contiguous(), a_values->value.contiguous()},
            {b_rows->value.contiguous(), b_values->value.contiguous()})
            .give(rows, values);
    });
}

int ct_rows_by_owner(ct_input rows, int64_t size, int64_t *counts, ct_tensor *order) {
    return produce(order, [&] {
        const at::Tensor all = rows->value.contiguous();
        const int64_t *row = all.const_data_ptr<int64_t>(), count = all.size(0);
        std::fill_n(counts, size, 0);
        for (int64_t i = 0; i < count; i++) counts[owner(row[i], size)]++;
        std::vector<int64_t> places(size, 0);
        for (int64_t rank = 1; rank < size; rank++) places[rank] = places[rank - 1] + counts[rank - 1];
        at::Tensor result = at::empty({count}, at::kLong);
        int64_t *order = result.mutable_data_ptr<int64_t>();
        for (int64_t i = 0; i < count; i++) order[places[owner(row[i], size)]++] = i;
        return result;
    });
}

int ct_block_squares(ct_input rows, ct_input values, double *squares) {
    return guarded([&] {
        const at::Tensor all = rows->value.contiguous(), numbers = values->value.contiguous();
        const int64_t *row = all.const_data_ptr<int64_t>(), width = numbers.size(1);
        const float *number = numbers.const_data_ptr<float>();
        std::fill_n(squares, CT_ROW_BLOCKS, 0.0);
        for (int64_t i = 0; i < all.size(0); i++) {
            double own = 0;
            for (int64_t k = 0; k < width; k++, number++) own += double(*number) * double(*number);
            squares[row[i] % CT_ROW_BLOCKS] += own;
        }
    });
}

int ct_put_rows(ct_tensor table, ct_input rows, ct_input values) {
    return guarded([&] { table->value.detach().index_copy_(0, rows->value, values->value); });
}

int ct_get_block(ct_input table, int64_t block, ct_tensor *out) {
    return produce(out, [&] {
        const at::Tensor own = block_of(table->value, block);
        at::Tensor rows = at::zeros({block_rows(table->value), table->value.size(1)}, own.options());
        rows.narrow(0, 0, own.size(0)).copy_(own);
        return rows;
    });
}

int ct_put_block(ct_tensor table, int64_t block, ct_input rows) {
    return guarded([&] {
        at::Tensor own = block_of(table->value, block);
        own.copy_(rows->value.narrow(0, 0, own.size(0)));
    });
}
