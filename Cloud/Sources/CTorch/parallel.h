// Work on the rows of a batch, spread over threads.
#ifndef CTORCH_PARALLEL_H
#define CTORCH_PARALLEL_H

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace ctorch {

// [0, count) cut in pieces that depend on the count alone: a sum of one part a piece, added in order, is the same bit
// for bit on any number of threads.
struct Pieces {
    int64_t count, size, number;

    // At most 16 pieces, none smaller than `smallest` but the last.
    Pieces(int64_t count, int64_t smallest);

    // Calls body(piece, begin, end) for each piece, on the caller's thread and the crew's. The body may not call
    // LibTorch's differentiable operations.
    void each(c10::function_ref<void(int64_t, int64_t, int64_t)> body) const;
};

// Threads that work on one operation, the caller's among them.
void set_thread_count(int count);
int thread_count();

}  // namespace ctorch

#endif
