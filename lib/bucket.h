/* SPDX-License-Identifier: MIT */
/*
 * A token bucket: arithmetic only. The time is an argument, in milliseconds of any clock that does
 * not go back; locks and waiting are the business of whoever has the bucket.
 */
#ifndef VERGE_BUCKET_H
#define VERGE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct verge_bucket {
    double capacity; /* tokens when full */
    double refill;   /* tokens per millisecond */
    double tokens;   /* as of `updated` */
    int64_t updated;
};

/* A full one. */
void verge_bucket_init(struct verge_bucket *bucket, double capacity, double refill, int64_t now);

/* Tokens in it now. */
double verge_bucket_level(struct verge_bucket *bucket, int64_t now);

/*
 * When it will hold `tokens`: `now` if it does already, else later; INT64_MAX when it never will,
 * because they are more than its capacity.
 */
int64_t verge_bucket_when(struct verge_bucket *bucket, double tokens, int64_t now);

/* Takes one token, which must be there. */
void verge_bucket_take(struct verge_bucket *bucket);

#endif
