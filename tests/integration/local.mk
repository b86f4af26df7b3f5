# SPDX-License-Identifier: MIT
#
# One program per promise. A further one is a line in the list and two below.

integration_tests =
integration_tests += tests/integration/check_access
integration_tests += tests/integration/check_attaching
integration_tests += tests/integration/check_coherence
integration_tests += tests/integration/check_command
integration_tests += tests/integration/check_detaching
integration_tests += tests/integration/check_crashes
integration_tests += tests/integration/check_documents
integration_tests += tests/integration/check_editing
integration_tests += tests/integration/check_errors
integration_tests += tests/integration/check_export
integration_tests += tests/integration/check_faults
integration_tests += tests/integration/check_freshness
integration_tests += tests/integration/check_hangs
integration_tests += tests/integration/check_harness
integration_tests += tests/integration/check_login
integration_tests += tests/integration/check_limits
integration_tests += tests/integration/check_moving
integration_tests += tests/integration/check_model
integration_tests += tests/integration/check_naming
integration_tests += tests/integration/check_power
integration_tests += tests/integration/check_reading
integration_tests += tests/integration/check_requests
integration_tests += tests/integration/check_scratch
integration_tests += tests/integration/check_stats
integration_tests += tests/integration/check_soak
integration_tests += tests/integration/check_tools
integration_tests += tests/integration/check_tree
integration_tests += tests/integration/check_views
integration_tests += tests/integration/check_writers
integration_tests += tests/integration/check_writing

tests_integration_check_attaching_CFLAGS = $(integration_cflags)
tests_integration_check_attaching_LDADD = $(integration_libs)

tests_integration_check_coherence_CFLAGS = $(integration_cflags)
tests_integration_check_coherence_LDADD = $(integration_libs)

tests_integration_check_command_CFLAGS = $(integration_cflags)
tests_integration_check_command_LDADD = $(integration_libs)

tests_integration_check_detaching_CFLAGS = $(integration_cflags)
tests_integration_check_detaching_LDADD = $(integration_libs)

tests_integration_check_documents_CFLAGS = $(integration_cflags)
tests_integration_check_documents_LDADD = $(integration_libs)

tests_integration_check_editing_CFLAGS = $(integration_cflags)
tests_integration_check_editing_LDADD = $(integration_libs)

tests_integration_check_errors_CFLAGS = $(integration_cflags)
tests_integration_check_errors_LDADD = $(integration_libs)

tests_integration_check_export_CFLAGS = $(integration_cflags)
tests_integration_check_export_LDADD = $(integration_libs)

tests_integration_check_faults_SOURCES = tests/integration/check_faults.c \
	tests/integration/fault_cells.c tests/integration/fault_cells.h \
	tests/integration/faults.c tests/integration/faults.h
tests_integration_check_faults_CFLAGS = $(integration_cflags)
tests_integration_check_faults_LDADD = $(integration_libs)

tests_integration_check_freshness_CFLAGS = $(integration_cflags)
tests_integration_check_freshness_LDADD = $(integration_libs)

tests_integration_check_hangs_CFLAGS = $(integration_cflags)
tests_integration_check_hangs_LDADD = $(integration_libs)

tests_integration_check_harness_CFLAGS = $(integration_cflags)
tests_integration_check_harness_LDADD = $(integration_libs)

tests_integration_check_login_CFLAGS = $(integration_cflags)
tests_integration_check_login_LDADD = $(integration_libs)

tests_integration_check_limits_SOURCES = tests/integration/check_limits.c \
	tests/integration/liar.c tests/integration/liar.h
tests_integration_check_limits_CFLAGS = $(integration_cflags)
tests_integration_check_limits_LDADD = $(integration_libs)

tests_integration_check_moving_CFLAGS = $(integration_cflags)
tests_integration_check_moving_LDADD = $(integration_libs)
tests_integration_check_model_SOURCES = \
	tests/integration/check_model.c $(integration_model)
tests_integration_check_model_CFLAGS = $(integration_cflags)
tests_integration_check_model_LDADD = $(integration_libs)

tests_integration_check_access_CFLAGS = $(integration_cflags)
tests_integration_check_access_LDADD = $(integration_libs)

tests_integration_check_crashes_SOURCES = \
	tests/integration/check_crashes.c $(integration_model) $(integration_requests)
tests_integration_check_crashes_CFLAGS = $(integration_cflags)
tests_integration_check_crashes_LDADD = $(integration_libs)

tests_integration_check_soak_SOURCES = \
	tests/integration/check_soak.c $(integration_model) $(integration_requests)
tests_integration_check_soak_CFLAGS = $(integration_cflags)
tests_integration_check_soak_LDADD = $(integration_libs)

tests_integration_check_naming_CFLAGS = $(integration_cflags)
tests_integration_check_naming_LDADD = $(integration_libs)

tests_integration_check_power_CFLAGS = $(integration_cflags)
tests_integration_check_power_LDADD = $(integration_libs)

tests_integration_check_reading_CFLAGS = $(integration_cflags)
tests_integration_check_reading_LDADD = $(integration_libs)

tests_integration_check_requests_CFLAGS = $(integration_cflags)
tests_integration_check_requests_LDADD = $(integration_libs)

tests_integration_check_scratch_CFLAGS = $(integration_cflags)
tests_integration_check_scratch_LDADD = $(integration_libs)

tests_integration_check_stats_CFLAGS = $(integration_cflags)
tests_integration_check_stats_LDADD = $(integration_libs)

tests_integration_check_tools_SOURCES = tests/integration/check_tools.c \
	tests/integration/tools.c tests/integration/tools.h
tests_integration_check_tools_CFLAGS = $(integration_cflags)
tests_integration_check_tools_LDADD = $(integration_libs)

tests_integration_check_tree_CFLAGS = $(integration_cflags)
tests_integration_check_tree_LDADD = $(integration_libs)

tests_integration_check_views_CFLAGS = $(integration_cflags)
tests_integration_check_views_LDADD = $(integration_libs)

tests_integration_check_writers_CFLAGS = $(integration_cflags)
tests_integration_check_writers_LDADD = $(integration_libs)

tests_integration_check_writing_CFLAGS = $(integration_cflags)
tests_integration_check_writing_LDADD = $(integration_libs)

# A model of the system, and steps at random that it judges
integration_model = \
	tests/model/devices.c \
	tests/model/local.c \
	tests/model/play.c tests/model/play.h \
	tests/model/server.c tests/model/server.h \
	tests/model/tree.c tests/model/tree.h \
	tests/model/world.c tests/model/world.h
EXTRA_DIST += tests/model/data.json

# vergefs without its limit of requests in a second, for thousands of steps
check_PROGRAMS += tests/model/hurried
tests_model_hurried_SOURCES = fs/main.c lib/pace.c lib/window.c
tests_model_hurried_CPPFLAGS = $(AM_CPPFLAGS) -DVERGE_WINDOW_SIZE=10000
tests_model_hurried_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS) $(CURL_CFLAGS) $(CJSON_CFLAGS)
tests_model_hurried_LDADD = $(TREE_LIBS) -lm

.PHONY: soak
soak: tests/integration/check_soak tests/model/hurried vergesim
	srcdir='$(srcdir)' VERGEFS_OPERATIONS=$${VERGEFS_OPERATIONS:-200000} \
		tests/integration/check_soak

check_PROGRAMS += $(integration_tests)
TESTS += $(integration_tests)

# What they stand on
check_LIBRARIES = tests/integration/libharness.a
integration_cflags = $(AM_CFLAGS) $(CHECK_CFLAGS) $(CJSON_CFLAGS) $(CURL_CFLAGS)
integration_libs = tests/integration/libharness.a $(CHECK_LIBS) $(CJSON_LIBS) $(CURL_LIBS)

tests_integration_libharness_a_CFLAGS = $(integration_cflags)
tests_integration_libharness_a_SOURCES = \
	tests/integration/card.c \
	tests/integration/card.h \
	tests/integration/command.c \
	tests/integration/command.h \
	tests/integration/harness.h \
	tests/integration/harness_internal.h \
	tests/integration/harness.c \
	tests/integration/harness_daemon.c \
	tests/integration/harness_files.c \
	tests/integration/harness_mount.c \
	tests/integration/harness_process.c \
	tests/integration/harness_sim.c \
	tests/integration/page.c \
	tests/integration/page.h \
	tests/integration/requests.c \
	tests/integration/requests.h \
	tests/integration/terminal.c \
	tests/integration/terminal.h \
	tests/integration/walk.c \
	tests/integration/walk.h

EXTRA_DIST += tests/integration/alone.json tests/integration/small.json

# What drives them
EXTRA_DIST += .ci/run scripts/demo scripts/lib.sh scripts/lint scripts/test \
	scripts/address.supp scripts/thread.supp

# Tables of the manual are the tests' own. They are written into the source, where they can be
# read; tests/install/check_page.sh fails when they are not the same.
page_tables = doc/vergefs-tools.7 doc/vergefs-faults.7
pages: $(integration_tests)
	$(AM_V_GEN)mkdir -p doc; for page in $(page_tables); do \
	    awk -v programs=$(abs_builddir) -f $(srcdir)/doc/table.awk $(srcdir)/$$page >$$page.new && \
	    mv $$page.new $(srcdir)/$$page || exit 1; \
	done
.PHONY: pages
