/* SPDX-License-Identifier: MIT
 *
 * A play: steps at random on a mount and on its server, each judged by the model.
 *
 * A step is one number, from which all of it follows, so that a list of numbers is a play that can
 * be repeated, and shortened. What may follow a step:
 *
 *   - without a fault: exactly the errno, the requests and the rows that the manual promises;
 *   - with one: what returned success is on the server; what returned an error is not, or else the
 *     error log says that it may be; nothing is there in part without the error log saying so;
 *     nothing is ever created twice;
 *   - the tree shows of a device what the server had at the last refresh, or at the last write of
 *     ours to it, or what it has now; and after an error that left a change, what it has now.
 */
#ifndef VERGEFS_MODEL_PLAY_H
#define VERGEFS_MODEL_PLAY_H

#include <stdint.h>

#include "tests/model/server.h"
#include "tests/model/tree.h"
#include "tests/model/world.h"

/* What a play can be made to do wrong, for the test that the model notices. */
enum sabotage {
    HONEST,
    LOSE,      /* a change that was made is undone on the server */
    DOUBLE,    /* what was created is there twice */
    ASK_TWICE, /* a creation was sent twice */
    INTRUDE,   /* what was refused is done all the same */
    MISREAD,   /* the tree shows another value than the server had */
    SABOTAGES,
};

/* Which steps a play is made of. */
struct manner {
    unsigned faults_in_100;
    bool silence;    /* faults that last until the timeout, which any step may meet then */
    bool reads_only; /* local steps that change nothing, and faults: for a run of very many */
};

struct figures {
    unsigned long steps, operations, faults, errors;
};

struct fault;

struct play {
    const struct manner *manner;
    enum sabotage sabotage;
    struct server *asked;
    struct world server, shown;
    uint32_t state;            /* of the numbers that this step draws */
    const struct fault *fault; /* in force */
    bool stale; /* the target of this step was changed by others since it was shown */
    char story[800];
    struct figures figures;
};

/* At the beginning: the simulator's first data, and a mount that has shown nothing yet. */
void play_begin(struct play *play, const struct manner *manner, enum sabotage sabotage);
void play_step(struct play *play, uint32_t step);
void play_end(struct play *play);
void play_free(struct play *play);

/* From here on mounts are of the vergefs that keeps to no rate. */
void play_hurry(void);

/* ---- for the steps ---- */

unsigned draw(struct play *play, unsigned limit);
void tell(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));
void wrong(const struct play *play, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));
/* The same with words that the tree's checks gave; NULL is right. Frees them. */
void must_be_right(const struct play *play, char *complaint);

/* Part of a device's files, or of its VM's names, is as it has to be. */
void check_device(struct play *play, const struct device *device, enum way way, int which);
void check_names(struct play *play, unsigned vm);

/* A device that the tree shows; NULL when there is none. */
const struct device *pick(struct play *play);

/* Something done on the mount. */
struct attempt {
    struct world after;   /* on the server, if it succeeds */
    struct world halfway; /* after the first of two requests; see may_be_halfway */
    bool may_be_halfway;
    int error;    /* that it must have without a fault; 0 */
    int or_error; /* or that */
    unsigned key; /* of the device, whose row or settings are shown afresh afterwards */
    bool row, settings;
    struct requests requests; /* that it must send without a fault; -1: whatever */
};

void attempt_begin(struct play *play, struct attempt *attempt, unsigned key);
/* In after: the device of the attempt, or NULL when the server has it no longer: then the error
 * must be ENOENT. */
struct device *attempt_device(struct play *play, struct attempt *attempt);
void attempt_end(struct play *play, struct attempt *attempt, int error);

/* The mount may know more than it has to: by the way it learns of changes that others made. What it
 * shows of them so far is taken over. */
void catch_up(struct play *play);

/* Everything is stale, and read again. */
void reload(struct play *play);

/* ---- the kinds of steps ---- */

typedef void act(struct play *play);
act write_scalar, write_nonsense, write_settings, write_device, edit, put_back; /* local */
act make_directory, attach, detach, move, switch_power, truncate_alone, remove_file,
    touch;                                                            /* local */
act write_read_only, look, refresh;                                   /* local */
act set_remotely, insert_remotely, delete_remotely, replace_remotely; /* remote */

#endif
