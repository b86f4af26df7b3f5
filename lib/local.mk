# SPDX-License-Identifier: MIT
# The VergeOS client: knows HTTP and VergeOS, nothing of FUSE.

noinst_LIBRARIES += lib/libverge.a
lib_libverge_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CJSON_CFLAGS)
VERGE_LIBS = lib/libverge.a $(CURL_LIBS) $(CJSON_LIBS)
lib_libverge_a_SOURCES = \
	lib/bucket.c lib/bucket.h \
	lib/cancel.c lib/cancel.h \
	lib/client.c lib/client.h \
	lib/credentials.c lib/credentials.h \
	lib/error.c lib/error.h \
	lib/login.c lib/login.h \
	lib/pace.c lib/pace.h \
	lib/query.c lib/query.h \
	lib/text.c lib/text.h \
	lib/transport.h lib/transport_curl.c \
	lib/value.c lib/value.h
