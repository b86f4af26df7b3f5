/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/complain.h"

#define DEFAULT_TTL 5
#define DEFAULT_TIMEOUT 30
#define DEFAULT_RETRIES 3
#define DEFAULT_BUDGET 1000

#define LONGEST_TTL 86400
#define SHORTEST_TIMEOUT 0.1
#define LONGEST_TIMEOUT 3600
#define MOST_RETRIES 100
#define MOST_BUDGET 1000000
#define LAST_ID 4294967294.0 /* the one above means "none" to chown(2) */

struct parser {
    struct options *options;
    const char *words[2]; /* what is no option: HOST and MOUNTPOINT */
    int count;
    bool no_memory;
};

/* What the command line knows: one row for each option. */
struct row {
    const char *name; /* up to its '=' where it takes a value; what ends with '-' is a prefix */
    bool (*take)(struct parser *parser, const struct row *row, const char *value);
    size_t offset; /* in struct options */
    double least, most;
    const char *reason; /* why it is refused */
};

static bool out_of_memory(struct parser *parser)
{
    parser->no_memory = true;
    return complain("not enough memory");
}

static void *member(struct parser *parser, const struct row *row)
{
    return (char *)parser->options + row->offset;
}

/* Digits with at most one point among them: strtod alone knows hexadecimal, infinity and NaN, too.
 */
static bool read_number(const char *value, bool whole, double *number)
{
    size_t digits = strspn(value, "0123456789");
    const char *rest = value + digits;

    if (!whole && *rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    *number = strtod(value, NULL);
    return digits > 0 && *rest == '\0';
}

static bool take_flag(struct parser *parser, const struct row *row, const char *value)
{
    (void)value;
    *(int *)member(parser, row) = 1;
    return true;
}

static bool take_debug(struct parser *parser, const struct row *row, const char *value)
{
    parser->options->foreground = 1;
    return take_flag(parser, row, value);
}

static bool take_writable(struct parser *parser, const struct row *row, const char *value)
{
    (void)value;
    *(int *)member(parser, row) = 0;
    return true;
}

static bool take_seconds(struct parser *parser, const struct row *row, const char *value)
{
    double number;

    if (!read_number(value, false, &number) || number < row->least || number > row->most)
        return complain("%s takes seconds from %g to %g", row->name, row->least, row->most);
    *(double *)member(parser, row) = number;
    return true;
}

static bool take_count(struct parser *parser, const struct row *row, const char *value)
{
    double number;

    if (!read_number(value, true, &number) || number < row->least || number > row->most)
        return complain("%s takes a whole number from %.0f to %.0f", row->name, row->least,
                        row->most);
    *(int *)member(parser, row) = (int)number;
    return true;
}

_Static_assert(sizeof(uid_t) == sizeof(gid_t), "take_id stores both");

static bool take_id(struct parser *parser, const struct row *row, const char *value)
{
    double number;

    if (!read_number(value, true, &number) || number > row->most)
        return complain("%s takes a number from 0 to %.0f", row->name, row->most);
    *(uid_t *)member(parser, row) = (uid_t)number;
    return true;
}

static bool take_mask(struct parser *parser, const struct row *row, const char *value)
{
    size_t digits = strspn(value, "01234567");
    unsigned long mask = strtoul(value, NULL, 8);

    if (digits == 0 || value[digits] || mask > 0777)
        return complain("%s takes an octal number from 0 to 0777", row->name);
    *(mode_t *)member(parser, row) = (mode_t)mask;
    return true;
}

/* NULL when memory ran out or there is no current directory. */
static char *absolute(const char *path)
{
    char *whole = NULL;
    char *here = *path == '/' ? NULL : getcwd(NULL, 0);

    if (*path == '/')
        return strdup(path);
    if (here && asprintf(&whole, "%s/%s", here, path) < 0)
        whole = NULL;
    free(here);
    return whole;
}

static bool take_file(struct parser *parser, const struct row *row, const char *value)
{
    char **file = member(parser, row);

    if (*value == '\0')
        return complain("%s takes the name of a file", row->name);
    free(*file);
    *file = absolute(value);
    return *file || out_of_memory(parser);
}

/* The user's own profile, else that of the whole machine, be it there or not. */
static char *profile_file(const char *name)
{
    char *path = NULL;
    char *folder = verge_credentials_default_path();

    if (folder) {
        *(strrchr(folder, '/') + 1) = '\0';
        if (asprintf(&path, "%s%s.env", folder, name) < 0)
            path = NULL;
    }
    free(folder);
    if (path && access(path, F_OK) == 0)
        return path;
    free(path);
    return asprintf(&path, "/etc/vergefs/%s.env", name) < 0 ? NULL : path;
}

static bool take_profile(struct parser *parser, const struct row *row, const char *value)
{
    char **file = member(parser, row);

    if (*value == '\0' || *value == '.' || strchr(value, '/'))
        return complain("%s takes the NAME of a file NAME.env", row->name);
    free(*file);
    *file = profile_file(value);
    return *file || out_of_memory(parser);
}

static bool add_mount_option(struct parser *parser, const char *option)
{
    struct fuse_args *args = &parser->options->mount_args;

    return (fuse_opt_add_arg(args, "-o") == 0 && fuse_opt_add_arg(args, option) == 0) ||
           out_of_memory(parser);
}

static bool pass_on(struct parser *parser, const struct row *row, const char *value)
{
    (void)value;
    return add_mount_option(parser, row->name);
}

/* For mount(8), for the init system, or what is so anyway. */
static bool ignore(struct parser *parser, const struct row *row, const char *value)
{
    (void)parser;
    (void)row;
    (void)value;
    return true;
}

static bool refuse(struct parser *parser, const struct row *row, const char *value)
{
    (void)parser;
    (void)value;
    return complain("%s cannot be given: %s", row->name, row->reason);
}

#define IN(member) offsetof(struct options, member)

static const struct row rows[] = {
    {"credentials=", take_file, IN(credentials_file), 0, 0, NULL},
    {"profile=", take_profile, IN(credentials_file), 0, 0, NULL},
    {"cacert=", take_file, IN(cacert), 0, 0, NULL},
    {"insecure", take_flag, IN(insecure), 0, 0, NULL},
    {"ttl=", take_seconds, IN(ttl), 0, LONGEST_TTL, NULL},
    {"timeout=", take_seconds, IN(timeout), SHORTEST_TIMEOUT, LONGEST_TIMEOUT, NULL},
    {"retries=", take_count, IN(retries), 0, MOST_RETRIES, NULL},
    {"budget=", take_count, IN(budget), 0, MOST_BUDGET, NULL},
    {"nodelete", take_flag, IN(nodelete), 0, 0, NULL},
    {"ro", take_flag, IN(read_only), 0, 0, NULL},
    {"rw", take_writable, IN(read_only), 0, 0, NULL},
    {"allow_other", take_flag, IN(allow_other), 0, 0, NULL},
    {"uid=", take_id, IN(uid), 0, LAST_ID, NULL},
    {"gid=", take_id, IN(gid), 0, LAST_ID, NULL},
    {"umask=", take_mask, IN(umask), 0, 0, NULL},

    {"-f", take_flag, IN(foreground), 0, 0, NULL},
    {"-d", take_debug, IN(debug), 0, 0, NULL},
    {"debug", take_debug, IN(debug), 0, 0, NULL},
    {"-V", take_flag, IN(show_version), 0, 0, NULL},
    {"--version", take_flag, IN(show_version), 0, 0, NULL},
    {"-h", take_flag, IN(show_help), 0, 0, NULL},
    {"--help", take_flag, IN(show_help), 0, 0, NULL},
    {"--check", take_flag, IN(check), 0, 0, NULL},
    {"-s", refuse, 0, 0, 0, "with a single thread, one slow request would hold up all others"},
    {"fsname=", refuse, 0, 0, 0, "it is always the host"},
    {"subtype=", refuse, 0, 0, 0, "it is always vergefs"},

    /* What libfuse and fusermount3 understand. */
    {"dev", pass_on, 0, 0, 0, NULL},
    {"nodev", pass_on, 0, 0, 0, NULL},
    {"suid", pass_on, 0, 0, 0, NULL},
    {"nosuid", pass_on, 0, 0, 0, NULL},
    {"exec", pass_on, 0, 0, 0, NULL},
    {"noexec", pass_on, 0, 0, 0, NULL},
    {"atime", pass_on, 0, 0, 0, NULL},
    {"noatime", pass_on, 0, 0, 0, NULL},
    {"sync", pass_on, 0, 0, 0, NULL},
    {"async", pass_on, 0, 0, 0, NULL},
    {"dirsync", pass_on, 0, 0, 0, NULL},
    {"auto_unmount", pass_on, 0, 0, 0, NULL},

    /* What they do not, and nobody need. */
    {"default_permissions", ignore, 0, 0, 0, NULL},
    {"defaults", ignore, 0, 0, 0, NULL},
    {"auto", ignore, 0, 0, 0, NULL},
    {"noauto", ignore, 0, 0, 0, NULL},
    {"nofail", ignore, 0, 0, 0, NULL},
    {"_netdev", ignore, 0, 0, 0, NULL},
    {"user", ignore, 0, 0, 0, NULL},
    {"user=", ignore, 0, 0, 0, NULL},
    {"users", ignore, 0, 0, 0, NULL},
    {"nouser", ignore, 0, 0, 0, NULL},
    {"owner", ignore, 0, 0, 0, NULL},
    {"noowner", ignore, 0, 0, 0, NULL},
    {"group", ignore, 0, 0, 0, NULL},
    {"nogroup", ignore, 0, 0, 0, NULL},
    {"relatime", ignore, 0, 0, 0, NULL},
    {"norelatime", ignore, 0, 0, 0, NULL},
    {"strictatime", ignore, 0, 0, 0, NULL},
    {"nostrictatime", ignore, 0, 0, 0, NULL},
    {"diratime", ignore, 0, 0, 0, NULL},
    {"nodiratime", ignore, 0, 0, 0, NULL},
    {"lazytime", ignore, 0, 0, 0, NULL},
    {"nolazytime", ignore, 0, 0, 0, NULL},
    {"comment=", ignore, 0, 0, 0, NULL},
    {"x-", ignore, 0, 0, 0, NULL},
    {"X-", ignore, 0, 0, 0, NULL},
};

/* Says which option it was, but neither its value nor what was glued to a single letter. */
static bool unknown(const char *argument)
{
    char name[64];
    size_t length = strcspn(argument, "=");

    if (argument[0] == '-' && argument[1] != '-' && length > 2)
        length = 2;
    verge_printable(name, sizeof name, argument, length);
    return complain("unknown option %s; see vergefs --help", name);
}

static bool take_option(struct parser *parser, const char *argument)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        size_t length = strlen(row->name);
        char last = row->name[length - 1];
        bool prefix = last == '=' || (last == '-' && row->name[0] != '-');
        if (strncmp(argument, row->name, length) == 0 && (prefix || argument[length] == '\0'))
            return row->take(parser, row, argument + length);
        if (last == '=' && strlen(argument) == length - 1 &&
            strncmp(argument, row->name, length - 1) == 0)
            return complain("%s needs a value", row->name);
    }
    return unknown(argument);
}

static bool take_word(struct parser *parser, const char *word)
{
    if (parser->count == 2)
        return complain("too many arguments: a host and a mount point are all");
    parser->words[parser->count++] = word;
    return true;
}

static int take_argument(void *data, const char *argument, int key, struct fuse_args *outargs)
{
    struct parser *parser = data;

    (void)outargs;
    return (key == FUSE_OPT_KEY_NONOPT ? take_word(parser, argument)
                                       : take_option(parser, argument))
               ? 0
               : -1;
}

static bool parse(struct parser *parser, int argc, char **argv)
{
    static const struct fuse_opt none[] = {FUSE_OPT_END};
    struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
    bool good = fuse_opt_parse(&args, parser, none, take_argument) == 0;

    fuse_opt_free_args(&args);
    return good;
}

static bool take_host(struct parser *parser, const char *host)
{
    if (strchr(host, '@'))
        return complain("the host cannot carry a user or a password, which everybody would see in "
                        "the process list: write them to a credentials file");
    if (*host == '\0')
        return complain("the host is empty");
    parser->options->host = strdup(host);
    return parser->options->host || out_of_memory(parser);
}

static bool complain_of_mountpoint(const char *path, int errnum)
{
    /* What looks like a login in the place of the mount point is not repeated either. */
    return complain("mount point %s: %s", strchr(path, '@') ? "(of that name)" : path,
                    strerror(errnum));
}

static bool take_mountpoint(struct parser *parser, const char *path)
{
    struct stat status;
    bool stale = stat(path, &status) != 0;

    if (stale &&
        errno != ENOTCONN) /* that one is left by a daemon that is gone: the caller heals it */
        return complain_of_mountpoint(path, errno);
    if (!stale && !S_ISDIR(status.st_mode))
        return complain_of_mountpoint(path, ENOTDIR);
    parser->options->mountpoint = stale ? absolute(path) : realpath(path, NULL);
    return parser->options->mountpoint || out_of_memory(parser);
}

static bool take_words(struct parser *parser)
{
    int hosts = parser->options->check ? parser->count : parser->count - 1;

    if (hosts < 0)
        return complain("a mount point is needed; see vergefs --help");
    if (hosts > 1)
        return complain("--check takes a host only, for it mounts nothing");
    if (hosts == 1 && !take_host(parser, parser->words[0]))
        return false;
    return parser->options->check || take_mountpoint(parser, parser->words[hosts]);
}

/*
 * default_permissions always: the modes that are shown are the modes that hold, for everybody whom
 * allow_other lets in.
 */
static bool add_mount_options(struct parser *parser)
{
    const struct options *options = parser->options;

    return add_mount_option(parser, "default_permissions,subtype=vergefs") &&
           (!options->allow_other || add_mount_option(parser, "allow_other")) &&
           (!options->read_only || add_mount_option(parser, "ro")) &&
           (!options->debug || add_mount_option(parser, "debug"));
}

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .ttl = DEFAULT_TTL,
        .timeout = -1,
        .retries = -1,
        .budget = DEFAULT_BUDGET,
        .uid = getuid(),
        .gid = getgid(),
        .mount_args = FUSE_ARGS_INIT(0, NULL),
    };
}

enum exit_status options_parse(struct options *options, int argc, char **argv)
{
    struct parser parser = {.options = options};

    set_defaults(options);
    if (fuse_opt_add_arg(&options->mount_args, argc > 0 ? argv[0] : "vergefs") == 0 &&
        parse(&parser, argc, argv)) {
        if (options->show_version || options->show_help)
            return EXIT_OK;
        if (take_words(&parser) && add_mount_options(&parser))
            return EXIT_OK;
    }
    return parser.no_memory ? EXIT_OTHER : EXIT_USAGE;
}

void options_free(struct options *options)
{
    free(options->host);
    free(options->mountpoint);
    free(options->credentials_file);
    free(options->cacert);
    fuse_opt_free_args(&options->mount_args);
    *options = (struct options){.mount_args = FUSE_ARGS_INIT(0, NULL)};
}

/* Credentials. */

static bool complain_of(const struct verge_error *error)
{
    return complain("%s", error->text);
}

static void move_string(char **to, char **from)
{
    if (!*to) {
        *to = *from;
        *from = NULL;
    }
}

/* The whole of a login or nothing of it. */
static void take_login(struct verge_credentials *credentials, struct verge_credentials *source)
{
    move_string(&credentials->username, &source->username);
    move_string(&credentials->password, &source->password);
    move_string(&credentials->token, &source->token);
    move_string(&credentials->source, &source->source);
}

/* What is no secret, where nothing was said yet. */
static void take_settings(struct verge_credentials *credentials, struct verge_credentials *source)
{
    move_string(&credentials->host, &source->host);
    if (credentials->verify_tls < 0)
        credentials->verify_tls = source->verify_tls;
    if (credentials->timeout < 0)
        credentials->timeout = source->timeout;
    if (credentials->retries < 0)
        credentials->retries = source->retries;
    if (credentials->retry_backoff < 0)
        credentials->retry_backoff = source->retry_backoff;
}

/* The default file need not be there. */
static bool read_default_file(struct verge_credentials *file)
{
    struct verge_error error = VERGE_ERROR_INIT;
    char *path = verge_credentials_default_path();
    int result = path ? verge_credentials_read_file(file, path, &error) : 0;

    free(path);
    return result == 0 || result == -ENOENT || result == -ENOTDIR || complain_of(&error);
}

static bool read_sources(const struct options *options, struct verge_credentials *file,
                         struct verge_credentials *environment)
{
    struct verge_error error = VERGE_ERROR_INIT;

    if (verge_credentials_read_environment(environment, &error) < 0)
        return complain_of(&error);
    if (options->credentials_file)
        return verge_credentials_read_file(file, options->credentials_file, &error) == 0 ||
               complain_of(&error);
    return verge_credentials_usable(environment) || read_default_file(file);
}

static bool choose_login(const struct options *options, struct verge_credentials *credentials,
                         struct verge_credentials *file, struct verge_credentials *environment)
{
    bool from_file = options->credentials_file || !verge_credentials_usable(environment);

    take_login(credentials, from_file ? file : environment);
    take_settings(credentials, from_file && options->credentials_file ? file : environment);
    take_settings(credentials, from_file && options->credentials_file ? environment : file);
    if (verge_credentials_usable(credentials))
        return true;
    if (options->credentials_file)
        return complain("%s has neither VERGE_TOKEN nor VERGE_USERNAME and VERGE_PASSWORD",
                        options->credentials_file);
    return complain("nothing to log in with: set VERGE_TOKEN, or VERGE_USERNAME and "
                    "VERGE_PASSWORD, in the environment or in a credentials file");
}

static bool agree_on_host(struct options *options, struct verge_credentials *credentials)
{
    if (!options->host && !credentials->host)
        return complain("no host: name it before the mount point or set VERGE_HOST");
    if (!options->host && strchr(credentials->host, '@'))
        return complain("VERGE_HOST cannot carry a user or a password, which everybody would see "
                        "in the list of mounts: they have variables of their own");
    if (!options->host) {
        options->host = strdup(credentials->host);
    } else {
        free(credentials->host);
        credentials->host = strdup(options->host);
    }
    return (options->host && credentials->host) || complain("not enough memory");
}

static bool agree_on_numbers(struct options *options, struct verge_credentials *credentials)
{
    if (options->timeout < 0)
        options->timeout = credentials->timeout < 0 ? DEFAULT_TIMEOUT : credentials->timeout;
    if (options->timeout < SHORTEST_TIMEOUT || options->timeout > LONGEST_TIMEOUT)
        return complain("VERGE_TIMEOUT takes seconds from %g to %d", SHORTEST_TIMEOUT,
                        LONGEST_TIMEOUT);
    if (options->retries < 0)
        options->retries = credentials->retries < 0 ? DEFAULT_RETRIES : credentials->retries;
    if (options->retries > MOST_RETRIES)
        return complain("VERGE_RETRY_TOTAL takes a whole number from 0 to %d", MOST_RETRIES);
    credentials->timeout = options->timeout;
    credentials->retries = options->retries;
    return true;
}

static bool agree_on_tls(struct options *options, struct verge_credentials *credentials)
{
    if (!options->insecure && credentials->verify_tls == 0)
        options->insecure = 1;
    credentials->verify_tls = !options->insecure;
    if (options->cacert && access(options->cacert, R_OK) != 0)
        return complain("cacert=%s: %s", options->cacert, strerror(errno));
    return true;
}

static bool names_source(const struct fuse_args *args)
{
    for (int i = 0; i < args->argc; i++) {
        if (strncmp(args->argv[i], "fsname=", 7) == 0)
            return true;
    }
    return false;
}

/* Once the host is known it is what `mount` and `df` show; a comma in it must not end the option.
 */
static bool name_source(struct options *options)
{
    struct fuse_args *args = &options->mount_args;
    char *plain = NULL;
    char *escaped = NULL;

    if (names_source(args))
        return true;
    bool good = asprintf(&plain, "fsname=%s", options->host) >= 0 &&
                fuse_opt_add_opt_escaped(&escaped, plain) == 0 &&
                fuse_opt_add_arg(args, "-o") == 0 && fuse_opt_add_arg(args, escaped) == 0;
    free(plain);
    free(escaped);
    return good || complain("not enough memory");
}

enum exit_status options_credentials(struct options *options, struct verge_credentials *credentials)
{
    struct verge_credentials file;
    struct verge_credentials environment;

    verge_credentials_init(credentials);
    verge_credentials_init(&file);
    verge_credentials_init(&environment);
    bool good = read_sources(options, &file, &environment) &&
                choose_login(options, credentials, &file, &environment) &&
                agree_on_host(options, credentials) && agree_on_numbers(options, credentials) &&
                agree_on_tls(options, credentials) && name_source(options);
    verge_credentials_free(&file);
    verge_credentials_free(&environment);
    return good ? EXIT_OK : EXIT_CONFIGURATION;
}

void options_usage(const char *program)
{
    printf("usage: %s [options] [HOST] MOUNTPOINT\n"
           "       %s [options] --check [HOST]\n"
           "\n"
           "Mounts the VergeOS system HOST (a name, name:port or URL) at MOUNTPOINT.\n",
           program, program);
    fputs("\n"
          "    -f                    stay in the foreground, errors go to stderr\n"
          "    -d                    the same, and say what is asked of whom\n"
          "    --check               connect, log in, say what is there, mount nothing\n"
          "    -V, --version         say the version\n"
          "    -h, --help            say this\n"
          "\n"
          "    -o credentials=FILE   KEY=value lines; else the environment; else\n"
          "                          $XDG_CONFIG_HOME/vergefs/credentials\n"
          "    -o profile=NAME       credentials of NAME.env there or in /etc/vergefs\n"
          "    -o cacert=FILE        certificates to trust, instead of the system's\n"
          "    -o insecure           trust every certificate\n",
          stdout);
    printf("    -o ttl=SECONDS        what was read is fresh for so long (%d)\n"
           "    -o timeout=SECONDS    the most that one call may take (%d)\n"
           "    -o retries=N          of a request that failed (%d)\n"
           "    -o budget=N           requests in an hour, 0 for no limit (%d)\n",
           DEFAULT_TTL, DEFAULT_TIMEOUT, DEFAULT_RETRIES, DEFAULT_BUDGET);
    fputs("    -o nodelete           refuse every rmdir\n"
          "    -o ro                 refuse every change\n"
          "    -o allow_other        let other users in, as the modes allow\n"
          "    -o uid=N,gid=N        whose the files are\n"
          "    -o umask=OCTAL        what the modes lack\n"
          "\n"
          "Variables, also of the credentials file: VERGE_HOST VERGE_TOKEN VERGE_USERNAME\n"
          "VERGE_PASSWORD VERGE_VERIFY_SSL VERGE_TIMEOUT VERGE_RETRY_TOTAL\n"
          "VERGE_RETRY_BACKOFF.\n",
          stdout);
}
