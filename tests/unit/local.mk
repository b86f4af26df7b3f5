# SPDX-License-Identifier: MIT
# One program for each room, named after it.

UNIT_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CJSON_CFLAGS) $(CHECK_CFLAGS)
UNIT_LIBS = $(VERGE_LIBS) $(CHECK_LIBS)
FAKE_TRANSPORT = tests/unit/fake_transport.c tests/unit/fake_transport.h
CLIENT_FIXTURE = tests/unit/client_fixture.c tests/unit/client_fixture.h $(FAKE_TRANSPORT)
GATHER_FIXTURE = tests/unit/gather_fixture.c tests/unit/gather_fixture.h
RAW_SERVER = \
	tests/unit/raw_server.c tests/unit/raw_server.h \
	tests/unit/transport_fixture.c tests/unit/transport_fixture.h

UNIT_TESTS =
UNIT_TESTS += tests/unit/check_breaker
UNIT_TESTS += tests/unit/check_cancel
UNIT_TESTS += tests/unit/check_client
UNIT_TESTS += tests/unit/check_credentials
UNIT_TESTS += tests/unit/check_error
UNIT_TESTS += tests/unit/check_login
UNIT_TESTS += tests/unit/check_pace
UNIT_TESTS += tests/unit/check_print
UNIT_TESTS += tests/unit/check_query
UNIT_TESTS += tests/unit/check_text
UNIT_TESTS += tests/unit/check_tls
UNIT_TESTS += tests/unit/check_transport
UNIT_TESTS += tests/unit/check_scan
UNIT_TESTS += tests/unit/check_value
UNIT_TESTS += tests/unit/check_window

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

tests_unit_check_cancel_SOURCES = tests/unit/check_cancel.c tests/unit/unit.h
tests_unit_check_cancel_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_cancel_LDADD = $(UNIT_LIBS)

tests_unit_check_client_SOURCES = tests/unit/check_client.c tests/unit/unit.h $(CLIENT_FIXTURE)
tests_unit_check_client_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_client_LDADD = $(UNIT_LIBS)

tests_unit_check_credentials_SOURCES = tests/unit/check_credentials.c tests/unit/unit.h
tests_unit_check_credentials_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_credentials_LDADD = $(UNIT_LIBS)

tests_unit_check_error_SOURCES = tests/unit/check_error.c tests/unit/unit.h
tests_unit_check_error_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_error_LDADD = $(UNIT_LIBS)

tests_unit_check_login_SOURCES = tests/unit/check_login.c tests/unit/unit.h $(CLIENT_FIXTURE)
tests_unit_check_login_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_login_LDADD = $(UNIT_LIBS)

tests_unit_check_pace_SOURCES = tests/unit/check_pace.c tests/unit/unit.h
tests_unit_check_pace_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_pace_LDADD = $(UNIT_LIBS)

tests_unit_check_print_SOURCES = tests/unit/check_print.c tests/unit/unit.h
tests_unit_check_print_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_print_LDADD = $(UNIT_LIBS)

tests_unit_check_query_SOURCES = tests/unit/check_query.c tests/unit/unit.h
tests_unit_check_query_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_query_LDADD = $(UNIT_LIBS)

tests_unit_check_text_SOURCES = tests/unit/check_text.c tests/unit/unit.h
tests_unit_check_text_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_text_LDADD = $(UNIT_LIBS)

tests_unit_check_tls_SOURCES = tests/unit/check_tls.c tests/unit/unit.h $(RAW_SERVER)
tests_unit_check_tls_CFLAGS = $(UNIT_CFLAGS) $(GNUTLS_CFLAGS)
tests_unit_check_tls_LDADD = $(UNIT_LIBS) $(GNUTLS_LIBS)

tests_unit_check_transport_SOURCES = tests/unit/check_transport.c tests/unit/unit.h $(RAW_SERVER)
tests_unit_check_transport_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_transport_LDADD = $(UNIT_LIBS)

tests_unit_check_scan_SOURCES = tests/unit/check_scan.c tests/unit/unit.h
tests_unit_check_scan_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_scan_LDADD = $(UNIT_LIBS)

tests_unit_check_value_SOURCES = tests/unit/check_value.c tests/unit/unit.h
tests_unit_check_value_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_value_LDADD = $(UNIT_LIBS)

tests_unit_check_window_SOURCES = tests/unit/check_window.c tests/unit/unit.h
tests_unit_check_window_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_window_LDADD = $(UNIT_LIBS)

# The rooms of fs/ that need no mount.
TREE_CHECKS =
TREE_CHECKS += tests/unit/check_again
TREE_CHECKS += tests/unit/check_differences
TREE_CHECKS += tests/unit/check_given
TREE_CHECKS += tests/unit/check_error_log
TREE_CHECKS += tests/unit/check_gather
TREE_CHECKS += tests/unit/check_gather_failures
TREE_CHECKS += tests/unit/check_gather_sequences
TREE_CHECKS += tests/unit/check_guard
TREE_CHECKS += tests/unit/check_inode
TREE_CHECKS += tests/unit/check_names
TREE_CHECKS += tests/unit/check_options
TREE_CHECKS += tests/unit/check_ready
TREE_CHECKS += tests/unit/check_scratch
check_PROGRAMS += $(TREE_CHECKS)
TESTS += $(TREE_CHECKS)
TREE_CHECK_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(FUSE_CFLAGS) $(CJSON_CFLAGS)
TREE_CHECK_LIBS = $(TREE_LIBS) $(CHECK_LIBS)
tests_unit_check_inode_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_inode_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_names_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_names_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_again_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_again_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_guard_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_guard_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_gather_SOURCES = tests/unit/check_gather.c $(GATHER_FIXTURE)
tests_unit_check_gather_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_gather_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_gather_failures_SOURCES = tests/unit/check_gather_failures.c $(GATHER_FIXTURE)
tests_unit_check_gather_failures_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_gather_failures_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_gather_sequences_SOURCES = tests/unit/check_gather_sequences.c $(GATHER_FIXTURE)
tests_unit_check_gather_sequences_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_gather_sequences_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_error_log_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_error_log_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_options_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_options_LDADD = $(TREE_CHECK_LIBS)

check_PROGRAMS += check_sim_query check_sim_store
TESTS += check_sim_query check_sim_store
check_sim_query_SOURCES = tests/unit/check_sim_query.c
check_sim_query_CFLAGS = $(SIMULATOR_CFLAGS) $(CHECK_CFLAGS)
check_sim_query_LDADD = $(SIMULATOR_LIBS) $(CHECK_LIBS)
check_sim_store_SOURCES = tests/unit/check_sim_store.c
check_sim_store_CFLAGS = $(SIMULATOR_CFLAGS) $(CHECK_CFLAGS)
check_sim_store_LDADD = $(SIMULATOR_LIBS) $(CHECK_LIBS)

tests_unit_check_breaker_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_breaker_LDADD = $(UNIT_LIBS)
tests_unit_check_differences_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_differences_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_given_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_given_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_scratch_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_scratch_LDADD = $(TREE_CHECK_LIBS)
tests_unit_check_ready_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_ready_LDADD = $(TREE_CHECK_LIBS)

# Records, models and the inventory, with a VergeOS in memory, and a pace without pauses in place of
# the real one.
FAKE_SERVER = \
	tests/unit/fake_server.c tests/unit/fake_server.h \
	tests/unit/fake_rows.c tests/unit/fake_rows.h \
	tests/unit/fake_pace.c tests/unit/fake_pace.h tests/unit/unit.h
INVENTORY_TESTS =
INVENTORY_TESTS += tests/unit/check_device_type
INVENTORY_TESTS += tests/unit/check_inventory
INVENTORY_TESTS += tests/unit/check_inventory_budget
INVENTORY_TESTS += tests/unit/check_inventory_counts
INVENTORY_TESTS += tests/unit/check_inventory_pages
INVENTORY_TESTS += tests/unit/check_inventory_random
INVENTORY_TESTS += tests/unit/check_inventory_simulator
INVENTORY_TESTS += tests/unit/check_inventory_threads
INVENTORY_TESTS += tests/unit/check_inventory_writes
INVENTORY_TESTS += tests/unit/check_models
INVENTORY_TESTS += tests/unit/check_models_create
INVENTORY_TESTS += tests/unit/check_record
INVENTORY_TESTS += tests/unit/check_snapshot

check_PROGRAMS += $(INVENTORY_TESTS)
TESTS += $(INVENTORY_TESTS)

tests_unit_check_device_type_SOURCES = tests/unit/check_device_type.c tests/unit/unit.h
tests_unit_check_device_type_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_device_type_LDADD = $(UNIT_LIBS)

tests_unit_check_inventory_SOURCES = tests/unit/check_inventory.c \
	tests/unit/inventory_fixture.h $(FAKE_SERVER)
tests_unit_check_inventory_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_LDADD = $(UNIT_LIBS)

tests_unit_check_inventory_counts_SOURCES = tests/unit/check_inventory_counts.c \
	tests/unit/inventory_fixture.h $(FAKE_SERVER)
tests_unit_check_inventory_counts_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_counts_LDADD = $(UNIT_LIBS)

tests_unit_check_inventory_pages_SOURCES = tests/unit/check_inventory_pages.c \
	tests/unit/inventory_fixture.h $(FAKE_SERVER)
tests_unit_check_inventory_pages_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_pages_LDADD = $(UNIT_LIBS)

tests_unit_check_inventory_writes_SOURCES = tests/unit/check_inventory_writes.c \
	tests/unit/inventory_fixture.h $(FAKE_SERVER)
tests_unit_check_inventory_writes_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_writes_LDADD = $(UNIT_LIBS)

# With the real pace.
tests_unit_check_inventory_budget_SOURCES = tests/unit/check_inventory_budget.c \
	tests/unit/inventory_fixture.h tests/unit/fake_server.c tests/unit/fake_server.h \
	tests/unit/fake_rows.c tests/unit/fake_rows.h tests/unit/unit.h
tests_unit_check_inventory_budget_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_budget_LDADD = $(UNIT_LIBS)

tests_unit_check_inventory_random_SOURCES = tests/unit/check_inventory_random.c \
	tests/unit/inventory_fixture.h $(FAKE_SERVER)
tests_unit_check_inventory_random_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_random_LDADD = $(UNIT_LIBS)

# With the real transport and the simulator; skipped where that is not built.
tests_unit_check_inventory_simulator_SOURCES = tests/unit/check_inventory_simulator.c \
	tests/unit/unit.h
tests_unit_check_inventory_simulator_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_simulator_LDADD = $(UNIT_LIBS)

tests_unit_check_inventory_threads_SOURCES = tests/unit/check_inventory_threads.c \
	tests/unit/gate.h tests/unit/inventory_fixture.h $(FAKE_SERVER)
tests_unit_check_inventory_threads_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_inventory_threads_LDADD = $(UNIT_LIBS)

tests_unit_check_models_SOURCES = tests/unit/check_models.c \
	tests/unit/models_fixture.h $(FAKE_SERVER)
tests_unit_check_models_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_models_LDADD = $(UNIT_LIBS)

tests_unit_check_models_create_SOURCES = tests/unit/check_models_create.c \
	tests/unit/models_fixture.h $(FAKE_SERVER)
tests_unit_check_models_create_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_models_create_LDADD = $(UNIT_LIBS)

tests_unit_check_record_SOURCES = tests/unit/check_record.c tests/unit/unit.h
tests_unit_check_record_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_record_LDADD = $(UNIT_LIBS)

tests_unit_check_snapshot_SOURCES = tests/unit/check_snapshot.c tests/unit/unit.h
tests_unit_check_snapshot_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_snapshot_LDADD = $(UNIT_LIBS)

# Memory runs out: the linker sends our calls to those that may fail.
FAILING_ALLOC = tests/unit/failing_alloc.c tests/unit/failing_alloc.h
FAILING_ALLOC_LINK = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=reallocarray,--wrap=strdup
MEMORY_TESTS =
MEMORY_TESTS += tests/unit/check_memory
MEMORY_TESTS += tests/unit/check_memory_rooms
MEMORY_TESTS += tests/unit/check_memory_tree
check_PROGRAMS += $(MEMORY_TESTS)
TESTS += $(MEMORY_TESTS)

tests_unit_check_memory_SOURCES = tests/unit/check_memory.c \
	tests/unit/memory_fixture.h tests/unit/inventory_fixture.h $(FAKE_SERVER) $(FAILING_ALLOC)
tests_unit_check_memory_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_memory_LDFLAGS = $(FAILING_ALLOC_LINK)
tests_unit_check_memory_LDADD = $(UNIT_LIBS)

tests_unit_check_memory_tree_SOURCES = tests/unit/check_memory_tree.c \
	tests/unit/memory_fixture.h tests/unit/inventory_fixture.h $(FAKE_SERVER) $(FAILING_ALLOC)
tests_unit_check_memory_tree_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_memory_tree_LDFLAGS = $(FAILING_ALLOC_LINK)
tests_unit_check_memory_tree_LDADD = $(TREE_CHECK_LIBS)

tests_unit_check_memory_rooms_SOURCES = tests/unit/check_memory_rooms.c \
	tests/unit/memory_fixture.h tests/unit/inventory_fixture.h $(FAKE_SERVER) $(FAILING_ALLOC)
tests_unit_check_memory_rooms_CFLAGS = $(TREE_CHECK_CFLAGS)
tests_unit_check_memory_rooms_LDFLAGS = $(FAILING_ALLOC_LINK)
tests_unit_check_memory_rooms_LDADD = $(TREE_CHECK_LIBS)
