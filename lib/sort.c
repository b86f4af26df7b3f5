/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "lib/sort.h"

void verge_sort(void *items, size_t count, size_t size, verge_compare *compare)
{
    const char *item = items;

    for (size_t i = 1; i < count; i++, item += size) {
        if (compare(item, item + size) > 0) {
            qsort(items, count, size, compare);
            return;
        }
    }
}
