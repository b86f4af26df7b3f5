# SPDX-License-Identifier: MIT

dist_man_MANS = doc/vergefs.1 doc/mount.vergefs.8
dist_doc_DATA = README.md CONTRIBUTING.md
