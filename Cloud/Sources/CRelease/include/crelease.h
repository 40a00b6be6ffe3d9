// Which commit the programs were built from. A C module, so that another commit compiles one file and links, and nothing else.
#pragma once

// The commit as git names it, empty where `make` did not say.
const char *metanetwork_commit(void);
