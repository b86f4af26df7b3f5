/* SPDX-License-Identifier: MIT */
/* qsort for what is in order already, mostly: rows come from the server in order of their keys. */
#ifndef VERGE_SORT_H
#define VERGE_SORT_H

#include <stddef.h>

typedef int verge_compare(const void *one, const void *other);

/* `items` may be NULL when there are none. */
void verge_sort(void *items, size_t count, size_t size, verge_compare *compare);

#endif
