# SPDX-License-Identifier: MIT
noinst_PROGRAMS += vergesim
noinst_LIBRARIES += tests/simulator/libsimulator.a

# All but the command line, so that tests can look at it from within.
tests_simulator_libsimulator_a_SOURCES = \
    tests/simulator/answer.c tests/simulator/answer.h \
    tests/simulator/api.c tests/simulator/api.h \
    tests/simulator/auth.c tests/simulator/auth.h \
    tests/simulator/buffer.c tests/simulator/buffer.h \
    tests/simulator/certificate.c tests/simulator/certificate.h \
    tests/simulator/change.c tests/simulator/change.h \
    tests/simulator/connections.c tests/simulator/connections.h \
    tests/simulator/control.c tests/simulator/control.h \
    tests/simulator/devices.c tests/simulator/devices.h \
    tests/simulator/draft.c tests/simulator/draft.h \
    tests/simulator/exchange.c tests/simulator/exchange.h \
    tests/simulator/faults.c tests/simulator/faults.h \
    tests/simulator/files.c tests/simulator/files.h \
    tests/simulator/filter.c tests/simulator/filter.h \
    tests/simulator/fleet.c tests/simulator/fleet.h \
    tests/simulator/fleet_json.c \
    tests/simulator/format.c tests/simulator/format.h \
    tests/simulator/groups.c tests/simulator/groups.h \
    tests/simulator/http.c tests/simulator/http.h \
    tests/simulator/keys.c tests/simulator/keys.h \
    tests/simulator/power.c tests/simulator/power.h \
    tests/simulator/projection.c tests/simulator/projection.h \
    tests/simulator/query.c tests/simulator/query.h \
    tests/simulator/quirks.c tests/simulator/quirks.h \
    tests/simulator/raw.c tests/simulator/raw.h \
    tests/simulator/render.c tests/simulator/render.h \
    tests/simulator/request.c tests/simulator/request.h \
    tests/simulator/requestlog.c tests/simulator/requestlog.h \
    tests/simulator/schema.c tests/simulator/schema.h \
    tests/simulator/settings.c tests/simulator/settings.h \
    tests/simulator/simulator.c tests/simulator/simulator.h \
    tests/simulator/store.c tests/simulator/store.h \
    tests/simulator/stream.c tests/simulator/stream.h \
    tests/simulator/tables.c tests/simulator/tables.h \
    tests/simulator/value.c tests/simulator/value.h \
    tests/simulator/views.c tests/simulator/views.h \
    tests/simulator/vms.c tests/simulator/vms.h \
    tests/simulator/wait.c tests/simulator/wait.h
nodist_tests_simulator_libsimulator_a_SOURCES = tests/simulator/demo_data.h
tests_simulator_libsimulator_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_builddir)
SIMULATOR_CFLAGS = $(AM_CFLAGS) $(MICROHTTPD_CFLAGS) $(GNUTLS_CFLAGS) $(CJSON_CFLAGS)
SIMULATOR_LIBS = tests/simulator/libsimulator.a $(MICROHTTPD_LIBS) $(GNUTLS_LIBS) $(CJSON_LIBS)
tests_simulator_libsimulator_a_CFLAGS = $(SIMULATOR_CFLAGS)

vergesim_SOURCES = tests/simulator/main.c tests/simulator/options.c tests/simulator/options.h
vergesim_CFLAGS = $(SIMULATOR_CFLAGS)
vergesim_LDADD = $(SIMULATOR_LIBS)

# The demo data centre as the lines of a C string.
$(tests_simulator_libsimulator_a_OBJECTS): tests/simulator/demo_data.h
CLEANFILES += tests/simulator/demo_data.h
TESTS += tests/simulator/smoke.sh
EXTRA_DIST += tests/simulator/demo.json tests/simulator/README.md tests/simulator/smoke.sh

tests/simulator/demo_data.h: tests/simulator/demo.json
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $< > $@.part && mv $@.part $@
