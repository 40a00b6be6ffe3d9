bin/metanetwork keys new signing
bin/metanetwork serve --registry runs/demo/registry --insecure --signing-key signing
