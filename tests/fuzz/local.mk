# SPDX-License-Identifier: MIT
#
# One libFuzzer target for each reader of outside bytes. As a part of `make check` each goes through
# its corpus and a fixed count of mutations; `scripts/fuzz` searches, with clang's libFuzzer.

FUZZ_TESTS =
FUZZ_TESTS += tests/fuzz/fuzz_answers
FUZZ_TESTS += tests/fuzz/fuzz_changes
FUZZ_TESTS += tests/fuzz/fuzz_credentials
FUZZ_TESTS += tests/fuzz/fuzz_document
FUZZ_TESTS += tests/fuzz/fuzz_error
FUZZ_TESTS += tests/fuzz/fuzz_filter
FUZZ_TESTS += tests/fuzz/fuzz_gather
FUZZ_TESTS += tests/fuzz/fuzz_headers
FUZZ_TESTS += tests/fuzz/fuzz_json
FUZZ_TESTS += tests/fuzz/fuzz_names
FUZZ_TESTS += tests/fuzz/fuzz_options
FUZZ_TESTS += tests/fuzz/fuzz_rows
FUZZ_TESTS += tests/fuzz/fuzz_scalar
FUZZ_TESTS += tests/fuzz/fuzz_store

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/check_driver.sh scripts/fuzz
check_PROGRAMS += $(FUZZ_TESTS)
CLEANFILES += *.input

FUZZ_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS) $(CJSON_CFLAGS)
FUZZ_LIBS = $(TREE_LIBS)
if FUZZER
# libFuzzer has the main function.
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
FUZZ_DRIVER = tests/fuzz/fuzz.h
else
check_PROGRAMS += tests/fuzz/broken
TESTS += $(FUZZ_TESTS) tests/fuzz/check_driver.sh
FUZZ_LINK = $(AM_LDFLAGS)
FUZZ_DRIVER = tests/fuzz/fuzz.h tests/fuzz/driver.c tests/fuzz/mutate.c tests/fuzz/mutate.h
endif

# A server out of the input, and a pace without pauses.
CANNED = tests/fuzz/canned.c tests/fuzz/canned.h tests/unit/fake_pace.c tests/unit/fake_pace.h

tests_fuzz_broken_SOURCES = tests/fuzz/broken.c $(FUZZ_DRIVER)

tests_fuzz_fuzz_answers_SOURCES = tests/fuzz/fuzz_answers.c $(CANNED) $(FUZZ_DRIVER)
tests_fuzz_fuzz_answers_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_answers_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_answers_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_changes_SOURCES = tests/fuzz/fuzz_changes.c $(CANNED) $(FUZZ_DRIVER)
tests_fuzz_fuzz_changes_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_changes_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_changes_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_document_SOURCES = tests/fuzz/fuzz_document.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_document_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_document_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_document_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_error_SOURCES = tests/fuzz/fuzz_error.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_error_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_error_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_error_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_gather_SOURCES = tests/fuzz/fuzz_gather.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_gather_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_gather_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_gather_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_json_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_names_SOURCES = tests/fuzz/fuzz_names.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_names_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_names_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_names_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_rows_SOURCES = tests/fuzz/fuzz_rows.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_rows_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_rows_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_rows_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_scalar_SOURCES = tests/fuzz/fuzz_scalar.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_scalar_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_scalar_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_scalar_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_credentials_SOURCES = tests/fuzz/fuzz_credentials.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_credentials_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_credentials_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_credentials_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c $(CANNED) $(FUZZ_DRIVER)
tests_fuzz_fuzz_filter_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_filter_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_filter_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_headers_SOURCES = tests/fuzz/fuzz_headers.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_headers_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_headers_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_headers_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_options_SOURCES = tests/fuzz/fuzz_options.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_options_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_options_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_options_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_store_SOURCES = tests/fuzz/fuzz_store.c $(FAKE_SERVER) $(FUZZ_DRIVER)
tests_fuzz_fuzz_store_CFLAGS = $(FUZZ_CFLAGS) $(CHECK_CFLAGS)
tests_fuzz_fuzz_store_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_store_LDADD = $(FUZZ_LIBS) $(CHECK_LIBS)

fuzz:
	@$(top_srcdir)/scripts/fuzz

.PHONY: fuzz
