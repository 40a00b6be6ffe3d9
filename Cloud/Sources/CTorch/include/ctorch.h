// A C interface to the operations of LibTorch that the project uses.
//
// Every call returns 0, or 1 with the reason in ct_last_error() (of the calling thread). A tensor handed out through an
// `out` argument belongs to the caller, who frees it with ct_free. Shapes are given outermost axis first.
#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__cplusplus)
#define CT_API extern "C"
#else
#define CT_API extern
#endif

typedef struct ct_tensor_s *ct_tensor;
typedef const struct ct_tensor_s *ct_input;

// What a layer ends with.
typedef enum { CT_IDENTITY = 0, CT_TANH = 1, CT_RELU = 2 } ct_activation;

// How windows of size x size positions, `stride` apart, lie on an image of height x width positions: out_height x out_width
// windows, the first one `top` and `left` positions of zeros before the image.
typedef struct {
    int64_t size, stride, height, width, out_height, out_width, top, left;
} ct_windows;

// Process.
CT_API const char *ct_last_error(void);
CT_API const char *ct_version(void);
CT_API int ct_set_threads(int count);
CT_API int ct_threads(void);

// Devices. CT_LAZY is a device of LibTorch's that computes on the CPU, but whose memory nobody else can read: for tests.
typedef enum { CT_CPU = 0, CT_CUDA = 1, CT_MPS = 2, CT_LAZY = 3 } ct_device;
// Has tensors made on a device from here on, in the whole process; fails, and changes nothing, where it cannot be used. `card` is the
// number of an NVIDIA card, counted round where there are fewer: a launcher may have left each process one of its own.
CT_API int ct_set_device(ct_device device, int card);
// Whether operations take their plain form on the CPU too, for tests; returns what was so before.
CT_API bool ct_set_plain_forms(bool everywhere);

// Making, reading, freeing. Floats are 32 bit, indices 64 bit; both lie on the device that was set, and are read wherever they lie.
CT_API int ct_from_floats(const float *values, const int64_t *shape, int rank, ct_tensor *out);
CT_API int ct_from_indices(const int64_t *values, const int64_t *shape, int rank, ct_tensor *out);
CT_API void ct_free(ct_tensor tensor);
CT_API int ct_rank(ct_input tensor);
CT_API int64_t ct_size(ct_input tensor, int axis);
CT_API int ct_copy_floats(ct_input tensor, float *values, int64_t count);
CT_API int ct_assign_floats(ct_tensor tensor, const float *values, int64_t count);

// Gradients.
CT_API int ct_require_gradient(ct_tensor tensor);
CT_API bool ct_requires_gradient(ct_input tensor);
CT_API int ct_backward(ct_input loss);
// The same of a result whose own gradient is given, [as the result], as where another machine found it.
CT_API int ct_backward_from(ct_input result, ct_input gradient);
// The gradient of one input of a result whose own gradient is given. Nothing is collected, and the graph stays.
CT_API int ct_gradient_of(ct_input result, ct_input gradient, ct_input input, ct_tensor *out);
CT_API int ct_gradient(ct_input tensor, ct_tensor *out);  // *out is NULL where there is none
// The gradients of all parameters one after the other, zeros where there is none; then for each 1 or 0, whether there is one; then some
// numbers. The parameters have none afterwards. Not for sparse ones.
CT_API int ct_take_gradients(
    const ct_tensor *parameters, int count, const float *numbers, int number_count, ct_tensor *out);
// The opposite: each parameter gets its part times a factor, and none where all say that there is none.
CT_API int ct_put_gradients(const ct_tensor *parameters, int count, ct_input gradients, double factor);
CT_API int ct_detach(ct_input tensor, ct_tensor *out);
CT_API bool ct_set_gradient_mode(bool enabled);  // returns the mode before

// Rows of tables that are divided among processes. Row r lies in block r % CT_ROW_BLOCKS; of `size` processes, number `rank` has the blocks b
// with b % size == rank. Where a process keeps something of its own rows alone, its blocks lie one after the other, all of them as long as the
// longest, in order of their numbers.
#define CT_ROW_BLOCKS 64
typedef struct {
    int64_t rank, size;
} ct_share;
CT_API int ct_copy_indices(ct_input tensor, int64_t *values, int64_t count);
// All numbers that are in any of the tensors, once each, ascending.
CT_API int ct_distinct(const ct_input *indices, int count, ct_tensor *out);
// The rows of a sparse gradient, [n], ascending, and what it is there, [n, d]; none where there is no gradient. The table has none afterwards.
CT_API int ct_take_row_gradient(ct_tensor table, ct_tensor *rows, ct_tensor *values);
// The sum of two such gradients, ascending.
CT_API int ct_add_rows(
    ct_input a_rows, ct_input a_values, ct_input b_rows, ct_input b_values, ct_tensor *rows, ct_tensor *values);
// The order in which those of the first process come first, and so on; `counts` are those of each, [size].
CT_API int ct_rows_by_owner(ct_input rows, int64_t size, int64_t *counts, ct_tensor *order);
// The sum of squares of each block, [CT_ROW_BLOCKS], row by row.
CT_API int ct_block_squares(ct_input rows, ct_input values, double *squares);
CT_API int ct_put_rows(ct_tensor table, ct_input rows, ct_input values);
// A block as long as the longest, with zeros behind its rows.
CT_API int ct_get_block(ct_input table, int64_t block, ct_tensor *out);
CT_API int ct_put_block(ct_tensor table, int64_t block, ct_input rows);

// Adam (Kingma and Ba 2015). `step` counts from 1. Before the step, matrices and tables shrink by the factor 1 - rate * decay (decoupled
// weight decay, Loshchilov and Hutter 2019); of a table with a sparse gradient, the rows that were read.
typedef struct {
    int64_t step;
    double rate, decay, beta1, beta2, epsilon, clip;
} ct_adam;

// A step of all parameters at once, gradients scaled to a norm of at most `clip`, then cleared. The norm is that of these gradients and of others
// whose squares sum up to `other_squares`. A step whose norm is not finite changes nothing.
CT_API int ct_adam_step(
    const ct_tensor *parameters, const ct_tensor *first, const ct_tensor *second, int count, ct_adam adam,
    double other_squares, double *norm);
// The same step of some rows of a table whose moments are those of a process's own rows alone, see `ct_share`.
// `norm` is from ct_adam_step, and finite.
CT_API int ct_adam_rows(
    ct_tensor table, ct_input rows, ct_input gradient, ct_tensor first, ct_tensor second, ct_share share, ct_adam adam,
    double norm);

// Element-wise.
CT_API int ct_add(ct_input a, ct_input b, ct_tensor *out);
CT_API int ct_multiply(ct_input a, ct_input b, ct_tensor *out);
CT_API int ct_scale(ct_input a, double factor, ct_tensor *out);
CT_API int ct_softmax(ct_input a, int axis, ct_tensor *out);
CT_API int ct_sum(ct_input a, int axis, ct_tensor *out);
CT_API int ct_mean(ct_input a, ct_tensor *out);
CT_API int ct_exp(ct_input a, ct_tensor *out);
CT_API int ct_square_root(ct_input a, double epsilon, ct_tensor *out);  // of a + epsilon
CT_API int ct_tanh(ct_input a, ct_tensor *out);
CT_API int ct_leaky_relu(ct_input a, double slope, ct_tensor *out);  // slope below 0
CT_API int ct_is_finite(ct_input a, bool *out);

// Products.
CT_API int ct_matmul(ct_input a, ct_input b, ct_tensor *out);
// Eigenvalues of a symmetric matrix [size, size], ascending, and their vectors as columns [size, size]; the lower triangle is read.
CT_API int ct_symmetric_eigen(const double *matrix, int64_t size, double *values, double *vectors);

// Shapes.
CT_API int ct_reshape(ct_input a, const int64_t *shape, int rank, ct_tensor *out);
CT_API int ct_expand(ct_input a, const int64_t *shape, int rank, ct_tensor *out);
CT_API int ct_transpose(ct_input a, int first, int second, ct_tensor *out);
CT_API int ct_concatenate(const ct_input *tensors, int count, int axis, ct_tensor *out);
// Elements start ..< start + count of an axis.
CT_API int ct_narrow(ct_input a, int32_t axis, int64_t start, int64_t count, ct_tensor *out);
// The elements of `others`, broadcast, where those of `a` are NaN.
CT_API int ct_replace_nan(ct_input a, ct_input others, ct_tensor *out);
CT_API int ct_select_rows(ct_input a, ct_input indices, ct_tensor *out);

// Layers.
CT_API int ct_layer_norm(ct_input x, ct_input scale, ct_input bias, double epsilon, ct_tensor *out);
// x [..., channels] by channel to mean 0 and variance 1, then scale and bias [channels]. With `learns` by the mean and variance of x, of which
// a `share` goes into `mean` and `variance`; without, by those.
CT_API int ct_batch_norm(
    ct_input x, ct_input scale, ct_input bias, ct_tensor mean, ct_tensor variance, bool learns, double share,
    double epsilon, ct_tensor *out);
// A sparse gradient holds the rows that were read and nothing of the others; ct_adam_step changes only those then.
CT_API int ct_embedding(
    ct_input table, ct_input indices, bool zero_row_is_padding, bool has_sparse_gradient, ct_tensor *out);
// activation(x·weight + bias); bias may be NULL.
CT_API int ct_dense(ct_input x, ct_input weight, ct_input bias, ct_activation activation, ct_tensor *out);
// x [rows, n, in], code [rows, rank], decoders [rank, in·out] and [rank, out], weight [in, out], bias [out]
// -> activation(x·(weight + code·weight_decoder) + bias + code·bias_decoder) for each row.
CT_API int ct_generated_dense(
    ct_input x, ct_input code, ct_input weight_decoder, ct_input weight, ct_input bias_decoder, ct_input bias,
    ct_activation activation, ct_tensor *out);
// activation(table[indices] + ages[age_indices]); the last two may be NULL.
CT_API int ct_gather(
    ct_input table, ct_input indices, ct_input ages, ct_input age_indices, ct_activation activation, ct_tensor *out);
// users [rows, d], table [items, d], candidates [rows, n] -> users[r]·table[candidates[r, c]], [rows, n].
CT_API int ct_gathered_dot(ct_input users, ct_input table, ct_input candidates, ct_tensor *out);
// queries [rows, n, m], memory [rows, steps, m], mask [rows, steps] -> softmax(queries·memoryT + mask)·memory.
CT_API int ct_attend(ct_input queries, ct_input memory, ct_input mask, ct_tensor *out);
// queries, keys and values [rows, steps, d] -> softmax(queries·keysT / √(d / heads))·values for each head, where a step reads itself
// and the steps before it, [rows, steps, d].
CT_API int ct_attend_causally(ct_input queries, ct_input keys, ct_input values, int heads, ct_tensor *out);
// inputs [items, 3·units] at indices [rows, steps] -> every hidden state [rows, steps, units]; gates reset, update, new;
// starts from zeros.
CT_API int ct_gru(ct_input inputs, ct_input indices, ct_input weight, ct_input bias, ct_tensor *out);
// image [rows, height·width, channels] -> [rows, windows, size·size·channels], each window row by row.
CT_API int ct_patches(ct_input image, ct_windows windows, ct_tensor *out);
// The adjoint: [rows, windows, size·size·channels] -> [rows, height·width, channels], summed where windows overlap.
CT_API int ct_fold(ct_input patches, ct_windows windows, ct_tensor *out);
// image [rows, height·width, channels] -> the largest number or the mean of each window, [rows, windows, channels].
CT_API int ct_max_pool(ct_input image, ct_windows windows, ct_tensor *out);
CT_API int ct_average_pool(ct_input image, ct_windows windows, ct_tensor *out);
// candidates [groups, M, n] -> their mean, weighted by likeness, [groups, n].
CT_API int ct_join_candidates(ct_input candidates, double temperature, ct_tensor *out);
// Positives weigh `positive_weight`; each loss its weight, of a shape that extends to the logits', or NULL.
CT_API int ct_binary_cross_entropy(
    ct_input logits, ct_input targets, double positive_weight, ct_input weights, ct_tensor *out);
// logits [rows, n], targets [rows] (int64), shift [n] or NULL, weights [rows] or NULL -> mean of weight times
// -log(exp(x_t) / (exp(x_t) + sum over i != t of exp(x_i + shift_i))). With `overwrites` the logits' memory is used up.
CT_API int ct_softmax_loss(
    ct_input logits, ct_input targets, ct_input shift, ct_input weights, bool overwrites, ct_tensor *out);
// Each element is zero with probability `rate`, the others are divided by 1 - rate.
CT_API int ct_dropout(ct_input x, double rate, uint64_t seed, ct_tensor *out);
// logits [rows, classes], classes [rows] (int64) -> mean cross-entropy.
CT_API int ct_cross_entropy(ct_input logits, ct_input classes, ct_tensor *out);
CT_API int ct_squared_error(ct_input values, ct_input targets, ct_tensor *out);

// A chain of dense layers that tells classes by their logits, or values, without a graph: its parameters are one array, the weights of each
// layer, [in, out], followed by its bias. `sizes` has one more entry than `layers`. Rows of x are picked by `rows`.
typedef struct {
    const int64_t *sizes;
    const int32_t *activations;
    int layers;
} ct_chain;

// Of one of the two there is an entry for each row: its class, or the values that are right, [outputs]; the other is NULL.
typedef struct {
    const float *x;
    const int32_t *classes;
    const float *targets;
} ct_examples;

// Mean cross-entropy, or mean squared error of all values, of some rows; their gradient into `gradient`, and the logits, [count, classes], into `logits`, where those are not
// NULL.
CT_API int ct_chain_loss(
    ct_chain chain, const float *parameters, ct_examples examples, const int32_t *rows, int64_t count,
    float *gradient, float *logits, double *loss);
// Plain SGD: a step for each batch, rows[starts[i]] to rows[starts[i + 1]], along its gradient and `pull` times what the parameters are away
// from `anchor`, where that is not NULL. `loss` is the mean over the batches, each before its step.
CT_API int ct_chain_train(
    ct_chain chain, float *parameters, const float *anchor, double pull, double rate, ct_examples examples,
    const int32_t *rows, const int64_t *starts, int64_t batches, double *loss);
// The same step on tensors: their gradients are cleared.
CT_API int ct_sgd_step(const ct_tensor *parameters, const ct_input *anchors, int count, double rate, double pull);

// Processes that compute together, each with a number, its rank, over TCP. All of them make the same calls in the same order.
typedef struct ct_ranks_s *ct_ranks;

// Where they meet and who this one is. `serves` says that the meeting point, host and port, is in this process. `interface` is the network interface to
// use, or NULL for the one that leads to the host. The timeout holds for meeting and for every call.
typedef struct {
    const char *host;
    int port;
    bool serves;
    int rank, size;
    const char *prefix;
    const char *interface;
    int64_t timeout_ms;
} ct_rank_place;

CT_API int ct_ranks_open(ct_rank_place place, ct_ranks *out);
CT_API void ct_ranks_free(ct_ranks ranks);
// The address by which the others find a rank, as long as `ranks` is there.
CT_API const char *ct_ranks_address(ct_ranks ranks, int rank);
CT_API int ct_ranks_set_timeout(ct_ranks ranks, int64_t timeout_ms);
// A tensor of the same shape from every rank -> all of them by rank, [ranks, ...].
CT_API int ct_ranks_gather(ct_ranks ranks, ct_input tensor, ct_tensor *out);
// Hands rows [n, ...] of each rank to others: the first sent[0] to rank 0, and so on -> those that come here, by rank; received[r] of rank r.
CT_API int ct_ranks_exchange(
    ct_ranks ranks, ct_input rows, const int64_t *sent, const int64_t *received, ct_tensor *out);
// The bytes of one rank into those of all others, in place.
CT_API int ct_ranks_broadcast(ct_ranks ranks, int rank, uint8_t *bytes, int64_t count);

#endif
