/* SPDX-License-Identifier: MIT */
/* The same requests by libcurl alone, one after the other over one connection. */
#include "tests/bench/bench.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct bare {
    CURL *curl;
    struct curl_slist *headers;
};

static size_t ignore(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static void get(struct bare *bare, const char *url)
{
    long status = 0;
    curl_easy_setopt(bare->curl, CURLOPT_URL, url);
    CURLcode code = curl_easy_perform(bare->curl);
    curl_easy_getinfo(bare->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200)
        fail_test("GET %s: %s, status %ld", url, curl_easy_strerror(code), status);
}

/* Connected when it returns, as vergefs is once it has logged in. */
struct bare *bare_open(void)
{
    struct bare *bare = calloc(1, sizeof(*bare));
    bare->curl = curl_easy_init();
    bare->headers = curl_slist_append(NULL, text("Authorization: Bearer %s", sim_token()));
    curl_easy_setopt(bare->curl, CURLOPT_HTTPHEADER, bare->headers);
    curl_easy_setopt(bare->curl, CURLOPT_CAINFO, sim_cacert(sim_current()));
    curl_easy_setopt(bare->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(bare->curl, CURLOPT_WRITEFUNCTION, ignore);
    get(bare, text("%s/api/v4/system?limit=1", sim_url(sim_current())));
    return bare;
}

void bare_close(struct bare *bare)
{
    curl_easy_cleanup(bare->curl);
    curl_slist_free_all(bare->headers);
    free(bare);
}

/* The log has the query decoded. */
static const char *encoded(const char *query)
{
    char *url = calloc(3, strlen(query) + 1);
    char *to = url;
    for (const char *at = query; *at; at++) {
        if (strchr(" +$#,", *at))
            to += sprintf(to, "%%%02X", (unsigned char)*at);
        else
            *to++ = *at;
    }
    const char *kept = text("%s", url);
    free(url);
    return kept;
}

double bare_replay(struct bare *bare, const cJSON *log)
{
    const cJSON *entry;
    size_t count = 0;
    const char *urls[1000];
    cJSON_ArrayForEach(entry, log)
    {
        if (count == sizeof(urls) / sizeof(urls[0]))
            fail_test("more requests than expected");
        urls[count++] = text("%s%s?%s", sim_url(sim_current()),
                             cJSON_GetStringValue(cJSON_GetObjectItem(entry, "path")),
                             encoded(cJSON_GetStringValue(cJSON_GetObjectItem(entry, "query"))));
    }
    double begun = bench_now();
    for (size_t i = 0; i < count; i++)
        get(bare, urls[i]);
    return bench_now() - begun;
}
