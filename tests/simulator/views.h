/* SPDX-License-Identifier: MIT */
/*
 * Projections that are kept, with each row's JSON as it was last written.
 *
 * A client asks for the same fields of the same rows again and again. A view remembers, by row,
 * the text and a stamp: the newest version among all rows that the text was made from. While the
 * stamp stands the text is copied, not made.
 */
#ifndef SIMULATOR_VIEWS_H
#define SIMULATOR_VIEWS_H

#include "tests/simulator/render.h"

struct view;
struct views;

struct views *views_new(void);
void views_free(struct views *views);

/* Forgets everything: after a change of quirks, or of the whole store. */
void views_forget(struct views *views);

/* The view of a `fields` text; it lives until others have pushed it out. */
struct view *views_get(struct views *views, enum table_id table, const char *fields);

/* False if no name in the fields was valid. */
bool view_has_fields(const struct view *view);

void view_write(struct view *view, const struct render *render, const struct row *row);

#endif
