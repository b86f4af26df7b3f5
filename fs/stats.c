/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/stats.h"

#include <math.h>

static void head(struct verge_text *text, const char *name, const char *type, const char *help)
{
    verge_text_printf(text, "# HELP vergefs_%s %s\n# TYPE vergefs_%s %s\n", name, help, name, type);
}

static void one(struct verge_text *text, const char *name, const char *type, const char *help,
                double value)
{
    head(text, name, type, help);
    verge_text_printf(text, "vergefs_%s %.15g\n", name, value);
}

static const char *const status_classes[VERGE_STATUS_CLASSES] = {"none", "1xx", "2xx",
                                                                 "3xx",  "4xx", "5xx"};

static void requests(struct verge_text *text, const struct verge_client_stats *client)
{
    head(text, "requests_total", "counter", "Requests sent, by method and class of answer.");
    for (int method = 0; method < VERGE_METHODS; method++)
        for (int status = 0; status < VERGE_STATUS_CLASSES; status++)
            verge_text_printf(text, "vergefs_requests_total{method=\"%s\",status=\"%s\"} %llu\n",
                              verge_method_names[method], status_classes[status],
                              (unsigned long long)client->requests[method][status]);
}

static void latency(struct verge_text *text, const struct verge_client_stats *client)
{
    unsigned long long below = 0;
    head(text, "request_seconds", "histogram", "Time from sending a request to its whole answer.");
    for (int i = 0; i < VERGE_LATENCY_BUCKETS - 1; i++) {
        below += client->latency[i];
        verge_text_printf(text, "vergefs_request_seconds_bucket{le=\"%g\"} %llu\n",
                          verge_latency_bounds[i] / 1000.0, below);
    }
    below += client->latency[VERGE_LATENCY_BUCKETS - 1];
    verge_text_printf(text, "vergefs_request_seconds_bucket{le=\"+Inf\"} %llu\n", below);
    verge_text_printf(text, "vergefs_request_seconds_sum %.9g\n", client->latency_sum);
    verge_text_printf(text, "vergefs_request_seconds_count %llu\n", below);
}

static void traffic(struct verge_text *text, const struct verge_client_stats *client)
{
    one(text, "sent_bytes_total", "counter", "Bytes of request bodies.",
        (double)client->bytes_sent);
    one(text, "received_bytes_total", "counter", "Bytes of answers.",
        (double)client->bytes_received);
    one(text, "retries_total", "counter", "Requests that were sent again.",
        (double)client->retries);
    one(text, "throttled_total", "counter", "Requests that waited for their turn.",
        (double)client->throttled);
    one(text, "budget_left", "gauge", "Requests left in the hourly budget; -1 without one.",
        isinf(client->budget_left) ? -1 : client->budget_left);
}

static void inventory(struct verge_text *text, const struct verge_inventory_stats *held)
{
    static const char *const lists[] = {"vms", "devices", "resource_groups", "settings"};
    head(text, "rows", "gauge", "Rows held, by list.");
    for (int i = 0; i < 4; i++)
        verge_text_printf(text, "vergefs_rows{list=\"%s\"} %llu\n", lists[i],
                          (unsigned long long)held->rows[i]);
    one(text, "shared_misses_total", "counter", "Readers that shared another's request.",
        (double)held->shared_misses);
    one(text, "stretched_reads_total", "counter",
        "Reads answered with rows older than ttl because the budget was low.",
        (double)held->stretched);
    one(text, "unverified_writes_total", "counter",
        "Settings written that the API has no way to show.", (double)held->unverified);
}

bool stats_show(struct tree *tree, struct verge_text *text)
{
    struct verge_client_stats client;
    struct verge_inventory_stats held;
    verge_client_stats(tree->client, &client);
    verge_inventory_stats(tree->inventory, &held);
    requests(text, &client);
    traffic(text, &client);
    latency(text, &client);
    inventory(text, &held);
    one(text, "uptime_seconds", "gauge", "Time since the mount.",
        (double)(verge_now() - tree->started_ms) / 1000);
    return !text->failed;
}
