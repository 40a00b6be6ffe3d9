#include "product.h"

#include "vectors.h"

namespace ctorch {
namespace {

// A tile of c, `R` rows by two vectors, stays in registers while it walks along k.
constexpr int64_t tile_rows = 6, tile_columns = 2 * lanes;
// Rows of b that are used before the next ones: a panel of them stays in the innermost cache.
constexpr int64_t depth_limit = 256;

struct Target {
    const float *start;
    int64_t start_row;
    float *c;
    int64_t c_row, columns;
};

template <int R>
CTORCH_INLINE void tile(int64_t depth, Matrix a, const float *b, int64_t b_row, Target to) {
    Floats sums[R][2];
    const bool whole = to.columns == tile_columns;
    for (int r = 0; r < R; r++) {
        float edge[tile_columns] = {0};
        const float *from = to.start ? to.start + r * to.start_row : edge;
        if (to.start && !whole) {
            std::memcpy(edge, from, to.columns * sizeof(float));
            from = edge;
        }
        sums[r][0] = floats_at(from);
        sums[r][1] = floats_at(from + lanes);
    }
    for (int64_t p = 0; p < depth; p++) {
        const Floats left = floats_at(b + p * b_row), right = floats_at(b + p * b_row + lanes);
        for (int r = 0; r < R; r++) {
            const float factor = a.data[r * a.row + p * a.column];
            sums[r][0] += factor * left;
            sums[r][1] += factor * right;
        }
    }
    for (int r = 0; r < R; r++) {
        if (whole) {
            floats_at(to.c + r * to.c_row) = sums[r][0];
            floats_at(to.c + r * to.c_row + lanes) = sums[r][1];
        } else {
            std::memcpy(to.c + r * to.c_row, sums[r], to.columns * sizeof(float));
        }
    }
}

// All rows of a panel of c: up to 16 columns.
CTORCH_INLINE void panel(int64_t m, int64_t depth, Matrix a, const float *b, int64_t b_row, Target to) {
    while (m > 0) {
        const int64_t rows = std::min(m, tile_rows);
        switch (rows) {
        case 1: tile<1>(depth, a, b, b_row, to); break;
        case 2: tile<2>(depth, a, b, b_row, to); break;
        case 3: tile<3>(depth, a, b, b_row, to); break;
        case 4: tile<4>(depth, a, b, b_row, to); break;
        case 5: tile<5>(depth, a, b, b_row, to); break;
        default: tile<6>(depth, a, b, b_row, to); break;
        }
        m -= rows;
        a.data += rows * a.row;
        to.c += rows * to.c_row;
        if (to.start) to.start += rows * to.start_row;
    }
}

// Copies a panel of b, so that its rows are whole vectors.
CTORCH_INLINE void pack(float *to, Matrix b, int64_t depth, int64_t columns) {
    for (int64_t p = 0; p < depth; p++) {
        for (int64_t j = 0; j < columns; j++) to[p * tile_columns + j] = b.data[p * b.row + j * b.column];
        for (int64_t j = columns; j < tile_columns; j++) to[p * tile_columns + j] = 0;
    }
}

}  // namespace

CTORCH_VECTORIZED void multiply(
    int64_t m, int64_t n, int64_t k, Matrix a, Matrix b, const float *start, int64_t start_row, float *c,
    int64_t c_row) {
    float packed[depth_limit * tile_columns];
    int64_t first = 0;
    do {  // once even where k is 0
        const int64_t depth = std::min(depth_limit, k - first);
        for (int64_t j = 0; j < n; j += tile_columns) {
            const int64_t columns = std::min(tile_columns, n - j);
            Matrix part{b.data + first * b.row + j * b.column, b.row, b.column};
            if (b.column != 1 || columns < tile_columns) {
                pack(packed, part, depth, columns);
                part = {packed, tile_columns, 1};
            }
            panel(
                m, depth, {a.data + first * a.column, a.row, a.column}, part.data, part.row,
                {start ? start + j : nullptr, start_row, c + j, c_row, columns});
        }
        start = c;
        start_row = c_row;
        first += depth_limit;
    } while (first < k);
}

}  // namespace ctorch
