#include "crelease.h"

#define TEXT(value) #value
#define EXPANDED(value) TEXT(value)

#ifdef METANETWORK_COMMIT
const char *metanetwork_commit(void) { return EXPANDED(METANETWORK_COMMIT); }
#else
const char *metanetwork_commit(void) { return ""; }
#endif
