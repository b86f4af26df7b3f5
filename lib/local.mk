# SPDX-License-Identifier: MIT
# The VergeOS client: knows HTTP and VergeOS, nothing of FUSE.

noinst_LIBRARIES += lib/libverge.a
lib_libverge_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CJSON_CFLAGS)
VERGE_LIBS = lib/libverge.a $(CURL_LIBS) $(CJSON_LIBS)
lib_libverge_a_SOURCES = \
	lib/breaker.c lib/breaker.h \
	lib/bucket.c lib/bucket.h \
	lib/cancel.c lib/cancel.h \
	lib/client.c lib/client.h \
	lib/credentials.c lib/credentials.h \
	lib/device.c \
	lib/device_change.c \
	lib/device_create.c \
	lib/device_type.c lib/device_type.h \
	lib/error.c lib/error.h \
	lib/fetch.c \
	lib/freshness.c \
	lib/inventory.c lib/inventory.h lib/inventory_private.h \
	lib/login.c lib/login.h \
	lib/lookup.c \
	lib/marks.c lib/marks.h \
	lib/models.h \
	lib/pace.c lib/pace.h \
	lib/pages.c lib/pages.h \
	lib/queries.c lib/queries.h \
	lib/print.c lib/print.h \
	lib/query.c lib/query.h \
	lib/record.c lib/record.h \
	lib/resource_group.c \
	lib/rows.c \
	lib/scan.c lib/scan.h \
	lib/settings.c \
	lib/settings_change.c \
	lib/snapshot.c lib/snapshot.h \
	lib/snapshot_index.c lib/snapshot_index.h \
	lib/sort.c lib/sort.h \
	lib/store.c \
	lib/system.c lib/system.h \
	lib/text.c lib/text.h \
	lib/transport.h lib/transport_curl.c \
	lib/value.c lib/value.h \
	lib/verify.c lib/verify.h \
	lib/vm.c \
	lib/walk.c \
	lib/window.c lib/window.h \
	lib/writes.c
