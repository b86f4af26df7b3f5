# SPDX-License-Identifier: MIT
#
# nfs.py FILE VALUE: writes a line into a file of the export /verge, as a client of NFS 4 that is
# no kernel (libnfs). nfs-cp of libnfs-utils will not write into a file that exists.
import ctypes
import os
import sys

client = ctypes.CDLL("libnfs.so.13")
client.nfs_init_context.restype = ctypes.c_void_p
client.nfs_get_error.restype = ctypes.c_char_p
context = ctypes.c_void_p(client.nfs_init_context())
file = ctypes.c_void_p()
line = sys.argv[2].encode() + b"\n"


def must(result):
    if result < 0:
        sys.exit(client.nfs_get_error(context).decode())


client.nfs_set_version(context, 4)
must(client.nfs_mount(context, b"localhost", b"/verge"))
must(client.nfs_open(context, sys.argv[1].encode(), os.O_WRONLY, ctypes.byref(file)))
must(client.nfs_write(context, file, ctypes.c_uint64(len(line)), line))
must(client.nfs_close(context, file))
