/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/bucket.h"

void verge_bucket_init(struct verge_bucket *bucket, double capacity, double refill, int64_t now)
{
    *bucket = (struct verge_bucket){
        .capacity = capacity, .refill = refill, .tokens = capacity, .updated = now};
}

double verge_bucket_level(struct verge_bucket *bucket, int64_t now)
{
    if (now > bucket->updated) {
        bucket->tokens += (double)(now - bucket->updated) * bucket->refill;
        bucket->updated = now;
    }
    if (bucket->tokens > bucket->capacity) {
        bucket->tokens = bucket->capacity;
    }
    return bucket->tokens;
}

int64_t verge_bucket_when(struct verge_bucket *bucket, double tokens, int64_t now)
{
    double missing = tokens - verge_bucket_level(bucket, now);
    if (missing <= 0) {
        return now;
    }
    if (tokens > bucket->capacity) {
        return INT64_MAX;
    }
    /* Rounded up, so that who comes back then finds them. */
    return now + (int64_t)(missing / bucket->refill) + 1;
}

void verge_bucket_take(struct verge_bucket *bucket)
{
    bucket->tokens -= 1;
}
