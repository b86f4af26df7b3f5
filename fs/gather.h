/* SPDX-License-Identifier: MIT */
/*
 * Writes gathered until they make a value (spec §3, fuse-rules §2). Pure: knows bytes and offsets,
 * neither FUSE nor VergeOS. One lock of the caller's covers each gather.
 *
 * A scalar is complete at the write that ends its line, or at once when it is a closed word: a
 * boolean that no longer word begins with ("y" and "n" are held, for "yes" and "no" may follow).
 * Any other unterminated value is checked and held for its newline or for the close of the process
 * that wrote it. A document is complete with the brace that closes its object.
 *
 * White space after a value is ignored, in its own write or in a later one. Blanks and CR around
 * booleans and integers are too; a text is its line, whatever the blanks in it. What else follows a
 * value:
 *   - after its newline, or its writer's close, the next value;
 *   - after an unterminated word, nothing: "1" and "0" one by one are the line "10". -EINVAL;
 *   - after a document, nothing until its writer's close. -EINVAL.
 *
 * The first write starts a value whatever its offset; later ones must follow on, or start again at
 * 0 after a value; truncating is nothing.
 *
 * After a write that failed the next value may start at 0 or at the same offset, where the position
 * of a shell still is. But a program that does not look at errors goes on with the rest of what was
 * refused, and that must not pass for a value: after bytes that made none, only a whole value in
 * one write is taken; after a refusal in the middle of a line or a document (an array is one), only
 * a write back at 0 or one after the writer's close.
 */
#ifndef VERGEFS_GATHER_H
#define VERGEFS_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fs/document.h"
#include "fs/scalar.h"
#include "lib/text.h"

enum syntax {
    SYNTAX_NONE,     /* read-only */
    SYNTAX_BOOLEAN,  /* true false 1 0 yes no on off y n, any case */
    SYNTAX_POWER,    /* on off kill reset, any case */
    SYNTAX_INTEGER,  /* decimal, an optional sign */
    SYNTAX_TEXT,     /* one line of valid UTF-8; may be empty (a lone newline) */
    SYNTAX_DOCUMENT, /* one JSON object */
    SYNTAX_TRIGGER,  /* anything at all, at once: .vergefs/refresh and error_log */
};

/* What the last write has left behind. */
enum gather_state {
    GATHER_FRESH,   /* nothing: a value may begin anywhere */
    GATHER_OPEN,    /* an unfinished or a held value */
    GATHER_GIVEN,   /* a complete value: gather_applied is due */
    GATHER_APPLIED, /* a value that was applied, and its line is over */
    GATHER_TAIL,    /* a value that was applied, and only white space may follow it */
    GATHER_FAILED,  /* a value that was not applied */
    GATHER_REFUSED, /* bytes that were no value */
    GATHER_STUCK,   /* bytes that spoiled a value; the rest of it may be coming */
};

struct gather {
    enum syntax syntax;
    size_t limit; /* bytes of one value; more is -EFBIG */
    /* Opened with O_APPEND (set by the caller): offsets are the kernel's idea of the size, no more.
     */
    bool append;

    struct verge_text text; /* the value so far */
    off_t next;             /* where the next write must begin */
    enum gather_state state;
    bool ended;               /* the value given out had its newline, or its writer's close */
    uint64_t owner;           /* lock owner of the last write */
    struct document document; /* where in a document the text ends */

    /* The last write that failed: until its writer's close, the same again gets the same answer. */
    struct {
        int errnum; /* 0: none */
        off_t offset;
        struct verge_text bytes;
    } failed;
};

void gather_init(struct gather *gather, enum syntax syntax, size_t limit);
void gather_free(struct gather *gather);

/*
 * Takes a write. 1: `gather->text` now is a complete value, trimmed of its newline (a document: the
 * object, without white space around), to be applied; then gather_applied must be called. 0: taken,
 * nothing to apply. -EINVAL, -EFBIG, -ENOMEM, or the errno of the identical write that failed
 * before.
 */
int gather_write(struct gather *gather, const char *bytes, size_t length, off_t offset,
                 uint64_t owner);

/* Whether a write is one that failed, once more: its reason has been told. */
bool gather_repeats(const struct gather *gather, const char *bytes, size_t length, off_t offset);

/* What became of the value that was given: 0, or the negative errno to be remembered. */
void gather_applied(struct gather *gather, int result);

/*
 * A close (flush) by `owner`. 1: a held value is complete now (as gather_write). 0: nothing to do,
 * or not the last writer's close. -EINVAL: an unfinished document, or a scalar that is none. It is
 * kept: a shell closes a duplicate after each `echo >&3`, and may go on.
 */
int gather_close(struct gather *gather, uint64_t owner);

#endif
