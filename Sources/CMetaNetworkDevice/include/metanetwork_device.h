/*
 * A model that runs on one device, for C and whatever calls C: static layers, and dynamic layers that are swapped for personal ones.
 * See docs/c.md.
 *
 *   - Threads: a model is used by one thread at a time; different models by different threads at once. There is no other state.
 *   - Nothing traps, whatever bytes, numbers and sizes are given, as long as each pointer reaches as far as the size behind it says. NULL
 *     where something is needed is an error like any other.
 *   - Errors: `error`, where it is not NULL, receives what is wrong and how to fix it, as UTF-8 that ends with a zero and is cut to
 *     `error_bytes`. 256 are enough for nearly all. It is left alone where nothing went wrong.
 *   - Numbers are IEEE 754 single precision; no function keeps a pointer that it is given.
 */
#ifndef METANETWORK_DEVICE_H
#define METANETWORK_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A model in memory. */
typedef struct metanetwork_model metanetwork_model;

/*
 * Opens a model with its global dynamic layers.
 *
 * architecture: JSON, the member `architecture` of a manifest.
 * items: number of items of the catalogue, the member `items`; 0 for a model over vectors.
 * weights: a file device.safetensors, in any of the precisions that the service sends.
 * Returns NULL where it cannot be used. Costs the file's values in single precision, and a row for each item.
 */
metanetwork_model *metanetwork_open(const uint8_t *architecture, size_t architecture_bytes, size_t items,
                                    const uint8_t *weights, size_t weights_bytes, char *error, size_t error_bytes);

/* Closes a model and frees its memory; NULL is closed already. */
void metanetwork_close(metanetwork_model *model);

/*
 * Swaps the dynamic layers for personal ones: all of them, or none where one is wrong.
 *
 * weights: safetensors with the tensors of all dynamic layers and nothing else, as the service answers. Whether they are to be believed
 * (signature, nonce, norms; docs/wire.md) is for the caller to check.
 * Returns 0, or -1 where they cannot be used.
 */
int32_t metanetwork_personalize(metanetwork_model *model, const uint8_t *weights, size_t weights_bytes,
                                char *error, size_t error_bytes);

/* Goes back to the global dynamic layers. */
void metanetwork_depersonalize(metanetwork_model *model);

/* 1 where personal layers are in use, 0 where the global ones are, and for NULL, as for the next three. */
int32_t metanetwork_is_personal(const metanetwork_model *model);

/* Number of items of the catalogue; 0 for a model over vectors. */
size_t metanetwork_items(const metanetwork_model *model);

/* Values of an input of a model over vectors, or of the context of a model that ranks items. */
size_t metanetwork_inputs(const metanetwork_model *model);

/* Values of the output of a model over vectors; 0 for a model that ranks items. */
size_t metanetwork_outputs(const metanetwork_model *model);

/*
 * Scores candidates; no memory is taken once lists of this length were scored.
 *
 * history: indices of recent items, oldest first, from 1; unknown ones are skipped, and of the others the last that fit are read.
 * candidates: indices in any order, repeated or not; an unknown one scores minus infinity.
 * scores: receives a score for each candidate, never NaN.
 * Returns 0, or -1.
 */
int32_t metanetwork_score(metanetwork_model *model, const int32_t *history, size_t history_count,
                          const int32_t *candidates, size_t candidate_count, float *scores,
                          char *error, size_t error_bytes);

/*
 * The best items of the whole catalogue, best first; of equal scores the smaller index comes first.
 *
 * excluded: indices that are left out.
 * items, scores: receive `count` values at most.
 * Returns how many they are, or -1.
 */
ptrdiff_t metanetwork_top(metanetwork_model *model, const int32_t *history, size_t history_count,
                          const int32_t *excluded, size_t excluded_count, size_t count, int32_t *items, float *scores,
                          char *error, size_t error_bytes);

/*
 * What every ranking from now on reads beside history and candidate.
 *
 * values: the model's inputs of values and tokens in their order, a token as its number from 1 and 0 where it is unknown; all values of
 * an input that is not known are NaN. NULL and 0 where nothing is known, as at the start.
 * Returns 0, or -1; what was read before stays then.
 */
int32_t metanetwork_context(metanetwork_model *model, const float *values, size_t value_count, char *error, size_t error_bytes);

/*
 * What a model over vectors makes of an input: logits of classes, or values of a regression.
 *
 * input: one vector; a window of vectors, oldest first; or an image channel by channel, each row by row. Of several inputs all, in their
 * order, as for `metanetwork_context`.
 * output: receives `metanetwork_outputs` values, which `output_count` must be.
 * Returns 0, or -1; the output is then as it was.
 */
int32_t metanetwork_run(metanetwork_model *model, const float *input, size_t input_count, float *output, size_t output_count,
                        char *error, size_t error_bytes);

/*
 * The embedding of an item, which may be sent to the service in place of its id.
 *
 * values: receives it; NULL to ask for its size alone.
 * Returns how many values it has; 0 for an unknown item, for a model over vectors, or where `value_count` is less.
 */
size_t metanetwork_embedding(const metanetwork_model *model, int32_t item, float *values, size_t value_count);

#ifdef __cplusplus
}
#endif

#endif
