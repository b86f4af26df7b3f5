/* SPDX-License-Identifier: MIT */
#include "tests/simulator/exchange.h"
#include "tests/simulator/api.h"
#include "tests/simulator/control.h"
#include "tests/simulator/faults.h"
#include "tests/simulator/stream.h"
#include "tests/simulator/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

struct exchange {
    struct simulator *simulator;
    struct MHD_Connection *connection;
    const struct request *request;
    struct fault *fault; /* NULL: nothing goes wrong */
    struct answer answer;
    int socket;
};

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

static void add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
    const struct fault *fault = exchange->fault;
    const char *type = exchange->answer.type ? exchange->answer.type : "application/json";
    const cJSON *headers = fault ? fault->headers : NULL;
    const cJSON *header = NULL;

    (void)MHD_add_response_header(response, "Content-Type",
                                  fault && fault->type ? fault->type : type);
    cJSON_ArrayForEach(header, headers)
    {
        if (cJSON_IsString(header))
            (void)MHD_add_response_header(response, header->string, header->valuestring);
    }
}

/* Sends the answer as it is, or in the manner that a fault wants. */
static bool send_answer(struct exchange *exchange)
{
    const struct fault *fault = exchange->fault;
    size_t size = exchange->answer.body.size;
    char *body = buffer_take(&exchange->answer.body);
    struct MHD_Response *response;
    enum MHD_Result queued = MHD_NO;

    if (fault && (fault->huge || fault->trickle_ms || fault->truncate >= 0))
        response =
            stream_response(body, size, fault, exchange->socket, &exchange->simulator->stopping);
    else
        response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
    if (response) {
        add_headers(exchange, response);
        queued =
            MHD_queue_response(exchange->connection, (unsigned)exchange->answer.status, response);
        MHD_destroy_response(response);
    }
    return queued == MHD_YES;
}

static bool waits(const struct exchange *exchange, long ms, const atomic_bool *released)
{
    return ms == 0 || wait_ms(ms, exchange->socket, &exchange->simulator->stopping, released);
}

/* False if the client has gone meanwhile, or is to be dropped. */
static bool before_work(const struct exchange *exchange)
{
    const struct fault *fault = exchange->fault;

    if (!waits(exchange, exchange->simulator->delay_ms, NULL))
        return false;
    if (!fault)
        return true;
    if (fault->hang && !waits(exchange, -1, &fault->released))
        return false;
    return waits(exchange, fault->delay_ms, NULL) && fault->drop != DROP_BEFORE;
}

static void set_body(struct answer *answer, const char *text)
{
    buffer_clear(&answer->body);
    buffer_text(&answer->body, text);
}

static void answer_by_fault(struct exchange *exchange)
{
    const struct fault *fault = exchange->fault;

    exchange->answer.status = fault->status ? fault->status : 200;
    if (fault->body)
        set_body(&exchange->answer, fault->body);
    else if (fault->status >= 400)
        (void)answer_error(&exchange->answer, fault->status, "Simulated error %d", fault->status);
    for (int64_t level = 0; level < fault->deep; level++)
        buffer_character(&exchange->answer.body, '[');
    for (int64_t level = 0; level < fault->deep; level++)
        buffer_character(&exchange->answer.body, ']');
}

static void patch_row(cJSON *row, const cJSON *patch)
{
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, patch)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(row, member->string);
        cJSON_AddItemToObject(row, member->string, cJSON_Duplicate(member, true));
    }
}

static void patch_answer(struct answer *answer, const cJSON *patch)
{
    cJSON *json = cJSON_Parse(answer->body.data ? answer->body.data : "");
    cJSON *row = NULL;
    char *text = NULL;

    if (cJSON_IsObject(json))
        patch_row(json, patch);
    else
        cJSON_ArrayForEach(row, json)
        {
            if (cJSON_IsObject(row))
                patch_row(row, patch);
        }
    text = json ? cJSON_PrintUnformatted(json) : NULL;
    if (text)
        set_body(answer, text);
    cJSON_free(text);
    cJSON_Delete(json);
}

static void work(struct exchange *exchange)
{
    const struct fault *fault = exchange->fault;

    if (fault && fault_answers(fault)) {
        answer_by_fault(exchange);
        return;
    }
    api_answer(exchange->simulator, exchange->request, fault && fault->ignore, &exchange->answer);
    if (fault && fault->patch)
        patch_answer(&exchange->answer, fault->patch);
    if (fault && fault->replace)
        set_body(&exchange->answer, fault->replace);
    else if (fault && fault->body)
        set_body(&exchange->answer, fault->body);
}

static bool after_work(const struct exchange *exchange)
{
    const struct fault *fault = exchange->fault;

    return !fault || (waits(exchange, fault->after_ms, NULL) && fault->drop != DROP_AFTER);
}

static bool answer_in_full(struct exchange *exchange)
{
    struct requestlog *log = exchange->simulator->log;
    uint64_t number = requestlog_begin(log, exchange->request);
    const char *name = NULL;
    bool answered;

    exchange->fault = faults_take(exchange->simulator->faults, exchange->request);
    name = exchange->fault ? exchange->fault->name : NULL;
    answered = before_work(exchange);
    if (answered) {
        work(exchange);
        answered = after_work(exchange);
    }
    requestlog_end(log, number, answered ? exchange->answer.status : 0,
                   answered ? exchange->answer.body.size : 0, name);
    answered = answered && send_answer(exchange);
    answer_clear(&exchange->answer);
    fault_release(exchange->fault);
    return answered;
}

bool exchange(struct simulator *simulator, struct MHD_Connection *connection,
              const struct request *request)
{
    struct exchange exchange = {.simulator = simulator,
                                .connection = connection,
                                .request = request,
                                .socket = socket_of(connection)};

    if (control_is_meant(request)) {
        control_answer(simulator, request, &exchange.answer);
        return send_answer(&exchange);
    }
    if (!simulator_admits(simulator)) {
        uint64_t number = requestlog_begin(simulator->log, request);

        requestlog_end(simulator->log, number, 0, 0, "rate");
        return false;
    }
    return answer_in_full(&exchange);
}
