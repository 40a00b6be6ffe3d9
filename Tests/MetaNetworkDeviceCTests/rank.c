/* Ranks for a test: rank ARCHITECTURE ITEMS WEIGHTS PERSONAL HISTORIES SCORES
 * HISTORIES: for each history its length and its items, 32-bit integers. SCORES receives a score of each item from 1 for each history,
 * with the base and then with personal layers. */
#include <metanetwork_device.h>
#include <stdio.h>
#include <stdlib.h>

static char error[256];

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, error);
    exit(1);
}

static uint8_t *read_file(const char *path, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) fail(path);
    long end = ftell(file);
    uint8_t *data = malloc(end > 0 ? (size_t)end : 1);
    rewind(file);
    if (end < 0 || !data || fread(data, 1, (size_t)end, file) != (size_t)end) fail(path);
    fclose(file);
    *bytes = (size_t)end;
    return data;
}

int main(int count, char **arguments) {
    if (count != 7) return 2;
    size_t architecture_bytes, weights_bytes, personal_bytes, history_bytes, items = (size_t)atol(arguments[2]);
    uint8_t *architecture = read_file(arguments[1], &architecture_bytes), *weights = read_file(arguments[3], &weights_bytes);
    uint8_t *personal = read_file(arguments[4], &personal_bytes);
    int32_t *histories = (int32_t *)read_file(arguments[5], &history_bytes), *end = histories + history_bytes / sizeof(int32_t);
    metanetwork_model *model = metanetwork_open(architecture, architecture_bytes, items, weights, weights_bytes, error, sizeof error);
    if (!model) fail("open");
    /* Nothing is kept of what was given. */
    free(architecture);
    free(weights);
    int32_t *candidates = malloc(items * sizeof *candidates);
    float *scores = malloc(items * sizeof *scores);
    for (size_t item = 0; item < items; item++) candidates[item] = (int32_t)item + 1;
    FILE *output = fopen(arguments[6], "wb");
    if (!output || !candidates || !scores) fail(arguments[6]);
    for (int is_personal = 0; is_personal < 2; is_personal++) {
        if (is_personal && metanetwork_personalize(model, personal, personal_bytes, error, sizeof error)) fail("personalize");
        for (int32_t *history = histories; history < end; history += *history + 1) {
            if (metanetwork_score(model, history + 1, (size_t)*history, candidates, items, scores, error, sizeof error)) fail("score");
            fwrite(scores, sizeof *scores, items, output);
        }
    }
    if (fclose(output)) fail(arguments[6]);
    metanetwork_close(model);
    return 0;
}
