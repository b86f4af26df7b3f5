/* SPDX-License-Identifier: MIT */
#include "tests/simulator/files.h"
#include "tests/simulator/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_read(const char *path)
{
    struct buffer text = {0};
    FILE *file = fopen(path, "re");
    size_t size = 1;

    if (!file)
        return NULL;
    while (size) {
        char *place = buffer_reserve(&text, 65536);

        size = fread(place, 1, 65536, file);
        buffer_commit(&text, size);
    }
    if (ferror(file)) {
        (void)fclose(file);
        buffer_clear(&text);
        errno = EIO;
        return NULL;
    }
    (void)fclose(file);
    return buffer_take(&text);
}

static bool write_all(int descriptor, const char *text)
{
    size_t left = strlen(text);

    while (left) {
        ssize_t written = write(descriptor, text, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        left -= (size_t)written;
    }
    return true;
}

bool file_replace(const char *path, const char *text, mode_t mode)
{
    struct buffer name = {0};
    int descriptor;
    bool good;

    buffer_printf(&name, "%s.%ld", path, (long)getpid());
    descriptor = open(name.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    good = descriptor >= 0 && write_all(descriptor, text);
    if (descriptor >= 0)
        good = close(descriptor) == 0 && good;
    good = good && rename(name.data, path) == 0;
    buffer_clear(&name);
    return good;
}

bool folder_make(const char *path)
{
    char *copy = must_copy(path);
    struct stat status;

    for (char *slash = copy + (*copy == '/'); (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(copy, 0755);
        *slash = '/';
    }
    (void)mkdir(copy, 0755);
    free(copy);
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int file_lock(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (descriptor >= 0 && flock(descriptor, LOCK_EX) < 0 && errno == EINTR)
        continue;
    return descriptor;
}
