# SPDX-License-Identifier: MIT
#
# Copies a page of the manual, with its table made anew: between `.\" begin: PROGRAM` and `.\" end`
# stands what `PROGRAM --page` prints. Variable: programs, the folder below which PROGRAM is.
/^\.\\" begin: / {
    print
    command = programs "/" $3 " --page"
    while ((status = (command | getline line)) > 0)
        print line
    if (status < 0 || close(command) != 0) {
        print command " failed" >"/dev/stderr"
        exit 1
    }
    inside = 1
    next
}
/^\.\\" end$/ { inside = 0 }
!inside
