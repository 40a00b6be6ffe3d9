// A module in C needs a source; the functions are Swift's.
#include "metanetwork_device.h"
