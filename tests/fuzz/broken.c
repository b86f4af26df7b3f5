/* SPDX-License-Identifier: MIT */
/* A target that breaks, on "{}": for the test of the driver. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(1000);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    must(!memmem(data, size, "{}", 2));
    return 0;
}
