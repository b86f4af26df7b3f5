# SPDX-License-Identifier: MIT
# The tree: knows FUSE and what exists, nothing of HTTP.

noinst_LIBRARIES += fs/libtree.a
fs_libtree_a_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS) $(CJSON_CFLAGS)
TREE_LIBS = fs/libtree.a $(VERGE_LIBS) $(FUSE_LIBS)
fs_libtree_a_SOURCES = \
	fs/again.c fs/again.h \
	fs/attach.c fs/attach.h \
	fs/attributes.c fs/attributes.h \
	fs/change.c \
	fs/complain.c fs/complain.h \
	fs/connect.c fs/connect.h \
	fs/control.c fs/control.h \
	fs/daemon.c fs/daemon.h \
	fs/differences.c fs/differences.h \
	fs/document.c fs/document.h \
	fs/entries.c fs/entries.h \
	fs/error_log.c fs/error_log.h \
	fs/file.c fs/file.h \
	fs/fixed.c fs/fixed.h \
	fs/fleet.c fs/fleet.h \
	fs/gather.c fs/gather.h \
	fs/given.c fs/given.h \
	fs/groups.c fs/groups.h \
	fs/guard.c fs/guard.h \
	fs/handles.c fs/handles.h \
	fs/inode.c fs/inode.h \
	fs/listing.c \
	fs/names.c fs/names.h \
	fs/node.c fs/node.h \
	fs/notify.c fs/notify.h \
	fs/operation.c fs/operation.h \
	fs/ops.c fs/ops.h \
	fs/options.c fs/options.h \
	fs/parent.c fs/parent.h \
	fs/path.c \
	fs/query.c fs/query.h \
	fs/ready.c fs/ready.h \
	fs/scalar.c fs/scalar.h \
	fs/scratch.c fs/scratch.h \
	fs/shelves.c fs/shelves.h \
	fs/signals.c fs/signals.h \
	fs/stale.c fs/stale.h \
	fs/stats.c fs/stats.h \
	fs/store.c fs/store.h \
	fs/subject.c fs/subject.h \
	fs/tree.c fs/tree.h \
	fs/unshare.c fs/unshare.h \
	fs/utf8.c fs/utf8.h \
	fs/views.c \
	fs/watch.c fs/watch.h \
	fs/workbench.c fs/workbench.h

bin_PROGRAMS += vergefs
vergefs_SOURCES = fs/main.c
vergefs_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS) $(CJSON_CFLAGS)
vergefs_LDADD = $(TREE_LIBS) -lm
