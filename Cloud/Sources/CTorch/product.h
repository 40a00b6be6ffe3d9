// Products of matrices that are small enough for the caches: parts of a fused operation.
#ifndef CTORCH_PRODUCT_H
#define CTORCH_PRODUCT_H

#include <cstdint>

namespace ctorch {

// A matrix in memory: element (i, j) lies at data[i · row + j · column]. Transposing exchanges the two.
struct Matrix {
    const float *data;
    int64_t row, column;

    Matrix transposed() const { return {data, column, row}; }
    Matrix from(int64_t first) const { return {data + first * row, row, column}; }
};

// c = start + a · b, with a m × k, b k × n and c m × n; c has rows `c_row` apart.
//
// `start` is null for zeros; its rows are `start_row` apart: 0 repeats a bias, and `c` itself is added to. LibTorch's
// product takes threads and copies of its own, which cost more than products of this size.
void multiply(
    int64_t m, int64_t n, int64_t k, Matrix a, Matrix b, const float *start, int64_t start_row, float *c,
    int64_t c_row);

}  // namespace ctorch

#endif
