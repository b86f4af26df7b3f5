# SPDX-License-Identifier: MIT
#
# `make bench`: what vergefs costs, as one table in bench.txt. Not part of `make check`: its figures
# are ratios of times; what can be asserted as counts is, in tests/integration.

EXTRA_PROGRAMS = tests/bench/bench tests/bench/floor

tests_bench_bench_CFLAGS = $(integration_cflags)
tests_bench_bench_LDADD = $(integration_libs)
tests_bench_bench_SOURCES = \
	tests/bench/bench.h \
	tests/bench/bare.c \
	tests/bench/bench.c \
	tests/bench/cold.c \
	tests/bench/memory.c \
	tests/bench/refresh.c \
	tests/bench/requests.c \
	tests/bench/warm.c

tests_bench_floor_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS)
tests_bench_floor_LDADD = $(FUSE_LIBS)

# Far more patience than a test needs: a walk of 80 000 devices takes a while.
bench: vergefs vergesim $(EXTRA_PROGRAMS)
	@CK_TIMEOUT_MULTIPLIER=30 $(BENCH_ENVIRONMENT) tests/bench/bench

.PHONY: bench
CLEANFILES += $(EXTRA_PROGRAMS) bench.txt
