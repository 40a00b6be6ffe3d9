// Says what to do where LibTorch is not there. Package.swift has the compiler read this before every file of the folder: whichever header of
// LibTorch a file includes first would not be found.
#ifndef CTORCH_SET_UP_H
#define CTORCH_SET_UP_H

#if !__has_include(<torch/types.h>)
#error "LibTorch is not set up: run make setup at the root of the checkout"
#endif

#endif
