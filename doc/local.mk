# SPDX-License-Identifier: MIT

dist_man_MANS = doc/vergefs.1 doc/vergefs-tools.7 doc/vergefs-faults.7 doc/mount.vergefs.8
dist_doc_DATA = README.md CONTRIBUTING.md
EXTRA_DIST += doc/table.awk
