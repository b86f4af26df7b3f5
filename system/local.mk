# SPDX-License-Identifier: MIT
# How the machine starts vergefs: mount(8)'s helper and systemd's unit.

dist_sbin_SCRIPTS = system/mount.vergefs
pkglibexecdir = $(libexecdir)/vergefs
dist_pkglibexec_SCRIPTS = system/clear-mount
systemdunitdir = @systemdunitdir@
systemdunit_DATA = system/vergefs@.service

EXTRA_DIST += system/vergefs@.service.in
CLEANFILES += system/vergefs@.service
system/vergefs@.service: system/vergefs@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	sed -e 's|@bindir[@]|$(bindir)|g' -e 's|@libexecdir[@]|$(libexecdir)|g' \
	    $(srcdir)/system/vergefs@.service.in > $@.part && mv $@.part $@
