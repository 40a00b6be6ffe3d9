// Rows of a table, with the gradient; and inner products with them.
#ifndef CTORCH_GATHER_H
#define CTORCH_GATHER_H

#include <ATen/core/Tensor.h>

#include <optional>

#include "activation.h"

namespace ctorch {

// Throws where an index is not one of the rows of a table.
void check_rows(const at::Tensor &indices, int64_t rows);

// Adds from[r] to table[indices[r]] for every r. Threads share the columns out, so that the order of the sums is fixed.
void add_rows(const at::Tensor &from, const at::Tensor &indices, at::Tensor &table);

// table [items, d] at indices [...], plus ages [n, d] at age_indices [...] if given
// -> activation of the sum, [..., d].
at::Tensor gather(
    const at::Tensor &table, const at::Tensor &indices, const std::optional<at::Tensor> &ages,
    const std::optional<at::Tensor> &age_indices, Activation activation);

// users [rows, d] and candidates[r, c], rows of table [items, d] -> users[r] · table[candidates[r, c]], [rows, n].
at::Tensor gathered_dot(const at::Tensor &users, const at::Tensor &table, const at::Tensor &candidates);

}  // namespace ctorch

#endif
