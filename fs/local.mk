# SPDX-License-Identifier: MIT
# The tree: knows FUSE and what exists, nothing of HTTP.

noinst_LIBRARIES += fs/libtree.a
fs_libtree_a_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS) $(CJSON_CFLAGS)
TREE_LIBS = fs/libtree.a $(VERGE_LIBS) $(FUSE_LIBS)
fs_libtree_a_SOURCES = \
	fs/document.c fs/document.h \
	fs/error_log.c fs/error_log.h \
	fs/gather.c fs/gather.h \
	fs/guard.c fs/guard.h \
	fs/inode.c fs/inode.h \
	fs/names.c fs/names.h \
	fs/options.c fs/options.h \
	fs/scalar.c fs/scalar.h \
	fs/utf8.c fs/utf8.h
