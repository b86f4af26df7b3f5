/* SPDX-License-Identifier: MIT */
/*
 * The command line: an argument a line. What is taken is within its bounds, what goes on to libfuse
 * is of a short list, and of what is refused no value is repeated.
 */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fs/options.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(20000);

#define MOST 12

/* What is written to stderr meanwhile comes into a file in memory. */
struct capture {
    int stderr_before, file;
};

static void capture_start(struct capture *capture)
{
    capture->file = memfd_create("stderr", MFD_CLOEXEC);
    capture->stderr_before = dup(STDERR_FILENO);
    must(capture->file >= 0 && capture->stderr_before >= 0);
    must(dup2(capture->file, STDERR_FILENO) >= 0);
}

static void capture_end(struct capture *capture, char text[4096])
{
    fflush(stderr);
    must(dup2(capture->stderr_before, STDERR_FILENO) >= 0);
    ssize_t length = pread(capture->file, text, 4095, 0);
    must(length >= 0);
    text[length] = '\0';
    close(capture->stderr_before);
    close(capture->file);
}

static void check_bounds(const struct options *options)
{
    must(options->ttl >= 0 && options->ttl <= 86400);
    must(options->timeout < 0 || (options->timeout >= 0.1 && options->timeout <= 3600));
    must(options->retries >= -1 && options->retries <= 100);
    must(options->budget >= 0 && options->budget <= 1000000);
    must((options->umask & ~0777U) == 0);
    must(!options->credentials_file || *options->credentials_file == '/');
    must(!options->cacert || *options->cacert == '/');
    must(!options->mountpoint || *options->mountpoint == '/');
    must(!options->host || (*options->host && !strchr(options->host, '@')));
}

/* default_permissions always; allow_other only where it was asked for. */
static void check_mount_args(const struct options *options)
{
    static const char *const known[] = {"-o",          "default_permissions,subtype=vergefs",
                                        "ro",          "allow_other",
                                        "debug",       "dev",
                                        "nodev",       "suid",
                                        "nosuid",      "exec",
                                        "noexec",      "atime",
                                        "noatime",     "sync",
                                        "async",       "dirsync",
                                        "auto_unmount"};
    const struct fuse_args *args = &options->mount_args;
    bool has_permissions = false;

    for (int i = 1; i < args->argc; i++) {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(known[k], args->argv[i]) != 0)
            k++;
        must(k < sizeof known / sizeof *known);
        has_permissions = has_permissions || k == 1;
        must(options->allow_other || strcmp(args->argv[i], "allow_other") != 0);
    }
    must(has_permissions || options->show_version || options->show_help);
}

/* One sentence on one line, and nothing of what stood behind a '='. */
static void check_words(const char *text, int argc, char **argv)
{
    must(strncmp(text, "vergefs: ", 9) == 0 || strncmp(text, "fuse: ", 6) == 0);
    for (int i = 2; i < argc; i++) {
        const char *value = strstr(argv[i], "password=");
        /* What stands in the place of the mount point is told, as a path. */
        if (value && strcmp(argv[i - 1], "-o") == 0 && strcspn(value + 9, ",\\") >= 12) {
            char *secret = strndup(value + 9, strcspn(value + 9, ",\\"));
            must(secret && !strstr(text, secret));
            free(secret);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};
    char *argv[MOST + 2] = {strdup("vergefs")}, text[4096];
    int argc = 1;
    struct options options;
    struct capture capture;

    while (fuzz.left > 0 && argc <= MOST)
        argv[argc++] = fuzz_line_string(&fuzz);
    capture_start(&capture);
    enum exit_status status = options_parse(&options, argc, argv);
    capture_end(&capture, text);
    must(status == EXIT_OK || status == EXIT_USAGE);
    if (status == EXIT_OK) {
        must(*text == '\0');
        check_bounds(&options);
        check_mount_args(&options);
    } else {
        check_words(text, argc, argv);
    }
    options_free(&options);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return 0;
}
