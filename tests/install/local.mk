# SPDX-License-Identifier: MIT
# What is installed: each program ends with a line as Check's have it.

install_tests = \
	tests/install/check_completion.sh \
	tests/install/check_examples.sh \
	tests/install/check_mount.sh \
	tests/install/check_nfs.sh \
	tests/install/check_package.sh \
	tests/install/check_page.sh \
	tests/install/check_units.sh
TESTS += $(install_tests)

EXTRA_DIST += $(install_tests) \
	tests/install/boot tests/install/boot_inside \
	tests/install/complete.zsh \
	tests/install/examples.awk \
	tests/install/examples.sh \
	tests/install/nfs.py \
	tests/install/lib.sh \
	tests/install/world.sh \
	debian/changelog debian/control debian/copyright debian/rules debian/source/format \
	debian/vergefs.dirs debian/vergefs.examples \
	doc/examples/check-gpus doc/examples/fstab doc/examples/lab.env \
	scripts/package
