/* SPDX-License-Identifier: MIT */
/* What the simulator answers, asked from within: the rules of the API as tables of questions. */
#include "tests/simulator/api.h"
#include "tests/simulator/fleet.h"
#include "tests/unit/unit.h"

#include <string.h>

static struct simulator *simulator;

static void set_up(void)
{
    struct quirks quirks;

    quirks_start(&quirks);
    simulator = simulator_new(fleet_demo(), &quirks, auth_new("u", "p", "key"));
}

static void tear_down(void)
{
    simulator_free(simulator);
}

struct question {
    const char *method, *path; /* below /api/v4/ */
    const char *body;
    int status;
    const char *answer; /* in full, or its beginning if that ends with an ellipsis */
};

static void ask(const char *method, const char *path, const char *body, struct answer *answer)
{
    struct buffer uri = {0};
    struct request *request;

    buffer_printf(&uri, "/api/v4/%s", path);
    request = request_new(method, uri.data);
    request->authorization = must_copy("Bearer key");
    request->body = must_copy(body ? body : "");
    request->body_size = strlen(request->body);
    *answer = (struct answer){0};
    api_answer(simulator, request, false, answer);
    buffer_append(&answer->body, "", 0);
    request_free(request);
    buffer_clear(&uri);
}

static void expect(const struct question *question)
{
    struct answer answer;
    const char *dots = strstr(question->answer, "...");
    size_t size = dots ? (size_t)(dots - question->answer) : strlen(question->answer) + 1;

    ask(question->method, question->path, question->body, &answer);
    ck_assert_msg(answer.status == question->status &&
                      strncmp(answer.body.data, question->answer, size) == 0,
                  "%s %s %s\n  gave %d %s\n  not  %d %s", question->method, question->path,
                  question->body ? question->body : "", answer.status, answer.body.data,
                  question->status, question->answer);
    answer_clear(&answer);
}

#define DEVICES "machine_devices?fields=$key&filter="
#define COUNT "machine_devices?fields=,&filter="

static const struct question filters[] = {
    {"GET", DEVICES "machine+eq+54", NULL, 200, "[{\"$key\":101},{\"$key\":102},{\"$key\":103}]"},
    {"GET", DEVICES "machine%20eq%20'54'", NULL, 200, "[{\"$key\":101},..."},
    {"GET", DEVICES "machine eq 9999", NULL, 200, "[]"},
    {"GET", DEVICES "$key lt 2", NULL, 200, "[{\"$key\":1}]"},
    {"GET", DEVICES "$key gt 143", NULL, 200, "[{\"$key\":144}]"},
    {"GET", DEVICES "$key ge 144", NULL, 200, "[{\"$key\":144}]"},
    {"GET", DEVICES "$key le 1", NULL, 200, "[{\"$key\":1}]"},
    {"GET", DEVICES "name bw 'wal'", NULL, 200, "[{\"$key\":140}]"},
    {"GET", DEVICES "name bw 'Wal'", NULL, 200, "[]"},
    {"GET", DEVICES "name ew 'link'", NULL, 200, "[{\"$key\":2}]"},
    {"GET", DEVICES "name cs 'guest'", NULL, 200, "[{\"$key\":129}]"},
    {"GET", DEVICES "name cs 'GUEST'", NULL, 200, "[]"},
    {"GET", DEVICES "name ct 'GUEST'", NULL, 200, "[{\"$key\":129}]"},
    {"GET", DEVICES "name rx '^(hba|wan)$' and $key lt 137", NULL, 200,
     "[{\"$key\":127},{\"$key\":136}]"},
    {"GET", COUNT "name rx ''", NULL, 200, "[{\"$count\":46}]"},
    {"GET", COUNT "name rx '\\\\d'", NULL, 200, "[{\"$count\":0}]"},
    {"GET", COUNT "name rx '(?i)GPU'", NULL, 200, "[{\"$count\":0}]"},
    {"GET", COUNT "type eq 'tpm'", NULL, 200, "[{\"$count\":9}]"},
    {"GET", COUNT "type ne 'tpm'", NULL, 200, "[{\"$count\":37}]"},
    {"GET", DEVICES "enabled eq false", NULL, 200, "[{\"$key\":125}]"},
    {"GET", DEVICES "asset ne null", NULL, 200, "[{\"$key\":136}]"},
    {"GET", DEVICES "machine eq 64 and resource_group eq null", NULL, 200,
     "[{\"$key\":134},{\"$key\":135}]"},
    {"GET", DEVICES "resource_group eq '5D1F0A10-6C01-4E1A-9B00-000000000008'", NULL, 200,
     "[{\"$key\":138}]"},
    {"GET", DEVICES "resource_group eq 5d1f0a10-6c01-4e1a-9b00-000000000008", NULL, 422,
     "{\"err\":\"Invalid argument\"}"},
    /* strictly from left to right */
    {"GET", DEVICES "machine eq 54 and name eq 'gpu0' or name eq 'hba'", NULL, 200,
     "[{\"$key\":101},{\"$key\":136}]"},
    {"GET", DEVICES "name eq 'hba' or name eq 'gpu0' and machine eq 54", NULL, 200,
     "[{\"$key\":101}]"},
    {"GET", DEVICES "name eq 'hba' or (name eq 'gpu0' and machine eq 54)", NULL, 200,
     "[{\"$key\":101},{\"$key\":136}]"},
    /* what older clients emit */
    {"GET", DEVICES "name like 'gpu%25'", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "$key in (1, 2)", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "startswith(name, 'g')", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "status%23status eq 'online'", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "nonsense eq 1", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "(machine eq 54", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "machine eq 54)", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "machine eq", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", DEVICES "machine eq 54 and", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    /* escapes */
    {"GET", COUNT "name eq 'a''b'", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", COUNT "name eq 'a{b'", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", COUNT "name eq 'a\\'b'", NULL, 200, "[{\"$count\":0}]"},
    {"GET", DEVICES "name eq 'h{never mind}ba'", NULL, 200, "[{\"$key\":136}]"},
    {"GET", DEVICES "name eq 'h\\{x}ba'", NULL, 200, "[]"},
    {"GET", COUNT "name eq 'a}b'", NULL, 200, "[{\"$count\":0}]"},
};

START_TEST(filtering)
{
    expect(&filters[_i]);
}
END_TEST

#define ONE "machine_devices/101?fields="

static const struct question projections[] = {
    {"GET", ONE "name,nonsense", NULL, 200, "{\"name\":\"gpu0\"}"},
    {"GET", ONE "name as n, $key", NULL, 200, "{\"n\":\"gpu0\",\"$key\":101}"},
    {"GET", ONE "name,name", NULL, 200, "{\"name\":\"gpu0\"}"},
    {"GET", ONE "settings_args,count", NULL, 200, "{}"},
    {"GET", ONE "display(type) as label,upper(name)", NULL, 200,
     "{\"label\":\"Host GPU\",\"upper(name)\":\"GPU0\"}"},
    {"GET", ONE "machine%23status%23node%23name as node", NULL, 200, "{\"node\":\"node1\"}"},
    {"GET", ONE "machine%23$key as k,machine%23$display as d,display(machine) as e", NULL, 200,
     "{\"k\":54,\"d\":\"render-01\",\"e\":\"render-01\"}"},
    {"GET", "machine_devices/103?fields=resource_group%23name as g", NULL, 200, "{\"g\":null}"},
    {"GET", ONE "machine[name,status[running,status]]", NULL, 200,
     "{\"machine\":{\"name\":\"render-01\",\"status\":{\"running\":true,\"status\":"
     "\"running\"}}}"},
    {"GET", "vms/31?fields=machine[devices[$key]],machine[name] as m", NULL, 200,
     "{\"machine\":{\"devices\":[{\"$key\":101},{\"$key\":102},{\"$key\":103}]},"
     "\"m\":{\"name\":\"render-01\"}}"},
    {"GET", "vms/31?fields=$key,running,owner%23name as owner", NULL, 200,
     "{\"$key\":31,\"running\":null}"},
    {"GET", "vms/45?fields=owner%23name as owner,owner", NULL, 200, "{\"owner\":\"studio\"}"},
    {"GET", "machines/54?fields=count(devices) as n,max(devices%23orderid) as m", NULL, 200,
     "{\"n\":3,\"m\":2}"},
    {"GET", "machines/54?fields=collapse(devices[name]) as first", NULL, 200,
     "{\"first\":{\"name\":\"gpu0\"}}"},
    {"GET", ONE "datetime(created) as c,sha1(name) as s", NULL, 200,
     "{\"c\":\"2024-01-05 05:00:00\",\"s\":\"47841a9c..."},
    {"GET", ONE "all", NULL, 200, "{\"machine\":54,..."},
    {"GET", ONE "$key,all", NULL, 200, "{\"$key\":101,\"machine\":54,..."},
    {"GET", "machine_device_settings_tpm/1?fields=most", NULL, 200,
     "{\"$key\":1,\"machine_device\":103,\"model\":\"crb\",\"version\":\"2\"}"},
    {"GET", "machine_device_settings_nvidia_vgpu?fields=attach_drivers", NULL, 200,
     "[{\"$count\":..."},
    {"GET", "machine_devices?fields=,", NULL, 200, "[{\"$count\":46}]"},
    {"GET", "machine_devices?fields=$key&limit=2&offset=1", NULL, 200,
     "[{\"$key\":2},{\"$key\":101}]"},
    {"GET", "machine_devices?fields=$key&limit=2&sort=-$key", NULL, 200,
     "[{\"$key\":144},{\"$key\":143}]"},
    {"GET", "machine_devices?fields=$key&filter=machine eq 62&sort=-name", NULL, 200,
     "[{\"$key\":127},{\"$key\":128},{\"$key\":129},{\"$key\":130}]"},
    {"GET", "machine_devices?fields=$key&limit=0&offset=45", NULL, 200, "[{\"$key\":144}]"},
    {"GET", "machine_devices?fields=$key&limit=5&offset=1000", NULL, 200, "[]"},
    {"GET", "machine_devices?limit=x", NULL, 422, "{\"err\":\"Invalid argument\"}"},
    {"GET", "vms?fields=$key&filter=name eq 'B%C3%BCro S%C3%BCd %E2%80%93 Empfang'", NULL, 200,
     "[{\"$key\":40}]"},
    {"GET", "vms?fields=$key&filter=name eq 'a%zz'", NULL, 400, "{\"err\":\"Bad request\"}"},
    {"GET", "machine_devices/9999?fields=$key", NULL, 404, "{\"err\":..."},
    {"GET", "nonsense", NULL, 404, "{\"err\":..."},
    {"GET", "alarms?filter=anything", NULL, 200, "[]"},
};

START_TEST(projecting)
{
    expect(&projections[_i]);
}
END_TEST

#define POST(body, status, answer) \
    { \
        "POST", "machine_devices", body, status, answer \
    }
#define PUT(body, status, answer) \
    { \
        "PUT", "machine_devices/103", body, status, answer \
    }
#define USB "\"resource_group\":\"5d1f0a10-6c01-4e1a-9b00-000000000004\""
#define SRIOV "\"resource_group\":\"5d1f0a10-6c01-4e1a-9b00-000000000006\""
#define FAILS(field) \
    "{\"err\":\"Validation error on field: '" field "' - 'fails validation test'\"}"

static const struct question writes[] = {
    POST("{\"machine\":56,\"type\":\"tpm\"}", 201,
         "{\"location\":\"/v4/machine_devices/145\",\"dbpath\":\"machine_devices/145\","
         "\"$row\":145,\"$key\":\"145\",\"response\":{\"uuid\":\"..."),
    POST("{\"machine\":\"56\",\"type\":\"tpm\",\"name\":\"  \"}", 201, "{\"location\"..."),
    POST("{\"machine\":56," USB "}", 201, "{\"location\"..."),
    POST("{\"machine\":56,\"type\":\"nonsense\"}", 422,
         "{\"err\":\"value 'nonsense' is not in list for field 'type'\"}"),
    POST("{\"machine\":56}", 422, FAILS("type")),
    POST("{\"type\":\"tpm\"}", 422, FAILS("machine")),
    POST("{\"machine\":999,\"type\":\"tpm\"}", 404,
         "{\"err\":\"error setting field 'machine': No such file or directory\"}"),
    POST("{\"machine\":56,\"type\":\"node_usb_devices\"}", 422, FAILS("resource_group")),
    POST("{\"machine\":56,\"type\":\"node_pci_devices\"," USB "}", 422, FAILS("resource_group")),
    POST("{\"machine\":56," USB ",\"count\":17}", 422, FAILS("count")),
    POST("{\"machine\":56,\"type\":\"tpm\",\"count\":2}", 422, FAILS("count")),
    POST("{\"machine\":56,\"type\":\"tpm\",\"settings_args\":{\"version\":\"2.0\"}}", 422,
         "{\"err\":\"value '2.0' is not in list for field 'version'\"}"),
    POST("{\"machine\":56,\"type\":\"tpm\",\"settings_args\":5}", 422, FAILS("settings_args")),
    POST("{\"machine\":56," SRIOV ",\"settings_args\":{\"vlan\":4095}}", 422, FAILS("vlan")),
    POST("{\"machine\":56," SRIOV ",\"settings_args\":{\"min_tx_rate\":9,\"max_tx_rate\":9}}", 422,
         FAILS("min_tx_rate")),
    POST("[]", 400, "{\"err\":..."),
    POST("{", 400, "{\"err\":..."),
    PUT("{\"name\":\"x\",\"nonsense\":1}", 200, "[]"),
    PUT("{}", 200, "[]"),
    PUT("{\"name\":\"\"}", 422, FAILS("name")),
    PUT("{\"enabled\":\"off\"}", 200, "[]"),
    PUT("{\"enabled\":\"maybe\"}", 422, FAILS("enabled")),
    PUT("{\"orderid\":\"64\"}", 200, "[]"),
    PUT("{\"orderid\":65}", 422, FAILS("orderid")),
    PUT("{\"asset\":\"12345678901234567890123456789012345678901\"}", 422, FAILS("asset")),
    PUT("{\"uuid\":\"x\"}", 422, "{\"err\":\"field 'uuid' is readonly\"}"),
    PUT("{\"machine\":55}", 422, "{\"err\":\"field 'machine' is readonly\"}"),
    PUT("{\"created\":5}", 422, "{\"err\":\"field 'created' is readonly\"}"),
    PUT("{\"settings_args\":{\"version\":\"1\"}}", 422,
        "{\"err\":\"field 'version' is readonly\"}"),
    PUT("{\"settings_args\":{\"version\":\"2\",\"model\":\"tis\"}}", 200, "[]"),
    {"PUT", "machine_device_settings_tpm/1", "{\"model\":\"tis\"}", 200, "[]"},
    {"POST", "machine_device_settings_tpm", "{}", 405, "{\"err\":..."},
    {"DELETE", "machine_devices/103", NULL, 200, ""},
    {"DELETE", "machine_devices/9999", NULL, 404, "{\"err\":..."},
    {"DELETE", "vms/31", NULL, 409, "{\"err\":..."},
    {"DELETE", "vms/33", NULL, 200, ""},
    {"DELETE", "resource_groups/5d1f0a10-6c01-4e1a-9b00-000000000004", NULL, 409, "{\"err\":..."},
    {"DELETE", "resource_groups/5d1f0a10-6c01-4e1a-9b00-000000000005", NULL, 200, ""},
    {"POST", "vms", "{\"name\":\"render-01\"}", 409,
     "{\"err\":\"Validation error: unique constraint\"}"},
    {"POST", "vms", "{\"name\":\"x\",\"ram\":1000}", 422, FAILS("ram")},
    {"POST", "vms", "{\"name\":\"x\",\"cloudinit_datasource\":\"\"}", 422,
     "{\"err\":\"value '' is not in list for field 'cloudinit_datasource'\"}"},
    {"POST", "vms", "{\"name\":\"x\"}", 201,
     "{\"location\":\"/v4/vms/48\",\"dbpath\":\"vms/48\",\"$row\":48,\"$key\":\"48\","
     "\"response\":{\"machine\":\"71\"}}"},
    {"POST", "vm_actions", "{\"vm\":33,\"action\":\"poweron\"}", 201, "{\"location\"..."},
    {"POST", "vm_actions", "{\"vm\":33,\"action\":\"killpower\"}", 422,
     "{\"err\":\"value 'killpower' is not in list for field 'action'\"}"},
    {"PATCH", "machine_devices/103", "{}", 405, "{\"err\":..."},
    {"PUT", "machines/54", "{}", 405, "{\"err\":..."},
};

START_TEST(writing)
{
    expect(&writes[_i]);
}
END_TEST

/* Several steps, in which each sees what the ones before have done. */
static void follow(const struct question *questions, size_t count)
{
    for (size_t index = 0; index < count; index++)
        expect(&questions[index]);
}

#define FOLLOW(questions) follow(questions, sizeof(questions) / sizeof(*(questions)))

START_TEST(creation_brings_companions)
{
    static const struct question steps[] = {
        POST("{\"machine\":54," SRIOV ",\"count\":2,\"settings_args\":{\"vlan\":7}}", 201,
             "{\"location\":\"/v4/machine_devices/145\"..."),
        {"GET", DEVICES "machine eq 54 and $key gt 143", NULL, 200,
         "[{\"$key\":145},{\"$key\":146}]"},
        {"GET", "machine_devices/146?fields=name,orderid,enabled,status%23status as s", NULL, 200,
         "{\"name\":\"sriov_1\",\"orderid\":4,\"enabled\":true,\"s\":\"offline\"}"},
        {"GET", "machine_device_settings_sriov_nic?fields=vlan&filter=machine_device eq 146", NULL,
         200, "[{\"vlan\":7}]"},
        {"GET", "vms/31?fields=need_restart", NULL, 200, "{\"need_restart\":true}"},
        {"DELETE", "machine_devices/146", NULL, 200, ""},
        {"GET", "machine_device_settings_sriov_nic?fields=vlan&filter=machine_device eq 146", NULL,
         200, "[]"},
        {"GET", "machine_device_status?fields=$key&filter=machine_device eq 146", NULL, 200, "[]"},
        POST("{\"machine\":54,\"type\":\"tpm\"}", 201,
             "{\"location\":\"/v4/machine_devices/147\"..."),
    };

    FOLLOW(steps);
}
END_TEST

START_TEST(settings_are_written_through_the_device)
{
    static const struct question steps[] = {
        PUT("{\"settings_args\":{\"model\":\"tis\"}}", 200, "[]"),
        {"GET", "machine_device_settings_tpm/1?fields=model", NULL, 200, "{\"model\":\"tis\"}"},
        PUT("{\"settings_args\":{\"model\":\"huh\"}}", 422, "{\"err\":..."),
        {"GET", "machine_device_settings_tpm/1?fields=model", NULL, 200, "{\"model\":\"tis\"}"},
    };

    FOLLOW(steps);
}
END_TEST

START_TEST(a_change_shows_in_what_was_shown_before)
{
    static const struct question steps[] = {
        {"GET", ONE "name,machine%23name as vm", NULL, 200,
         "{\"name\":\"gpu0\",\"vm\":\"render-01\"}"},
        {"PUT", "vms/31", "{\"name\":\"renamed\"}", 200, "[]"},
        {"GET", ONE "name,machine%23name as vm", NULL, 200,
         "{\"name\":\"gpu0\",\"vm\":\"renamed\"}"},
        {"GET", "machines/54?fields=count(devices) as n", NULL, 200, "{\"n\":3}"},
        {"DELETE", "machine_devices/101", NULL, 200, ""},
        {"GET", "machines/54?fields=count(devices) as n", NULL, 200, "{\"n\":2}"},
    };

    FOLLOW(steps);
}
END_TEST

START_TEST(quirks_change_the_answers)
{
    static const struct {
        const char *name, *value, *path, *answer;
    } cases[] = {
        {"group_key", "int", "machine_devices/101?fields=resource_group", "{\"resource_group\":1}"},
        {"group_key", "int", "resource_groups/4?fields=$key,name",
         "{\"$key\":4,\"name\":\"USB License Keys\"}"},
        {"group_key", "int", DEVICES "resource_group eq 8", "[{\"$key\":138}]"},
        {"key_type", "string", ONE "$key,machine", "{\"$key\":\"101\",\"machine\":54}"},
        {"references", "string", ONE "$key,machine", "{\"$key\":101,\"machine\":\"54\"}"},
        {"references", "object", ONE "machine",
         "{\"machine\":{\"$key\":54,\"name\":\"render-01\"}}"},
        {"booleans", "int", ONE "enabled", "{\"enabled\":1}"},
        {"booleans", "onoff", ONE "enabled", "{\"enabled\":\"on\"}"},
        {"numbers", "string", ONE "orderid", "{\"orderid\":\"0\"}"},
        {"times", "us", ONE "created", "{\"created\":1704430800000000}"},
        {"strings_null", "on", "machine_devices/103?fields=description", "{\"description\":null}"},
        {"strings_null", "missing", "machine_devices/103?fields=$key,description",
         "{\"$key\":103}"},
        {"slashes", "escaped", "vms/43?fields=name", "{\"name\":\"build\\/agent-7\"}"},
        {"system", "object", "system?fields=cloud_name", "{\"cloud_name\":\"demo\"}"},
        {"list_single", "object", DEVICES "$key eq 1", "{\"$key\":1}"},
        {"count_field", "off", "vms?fields=,&limit=2", "[{},{}]"},
        {"page_max", "1", "vms?fields=$key", "[{\"$key\":31}]"},
        {"settings_rows", "none", "machine_device_settings_tpm?fields=most", "[]"},
    };

    for (size_t index = 0; index < sizeof(cases) / sizeof(*cases); index++) {
        const struct question question = {"GET", cases[index].path, NULL, 200, cases[index].answer};
        char problem[256];

        simulator_reset(simulator);
        ck_assert(quirks_set(&simulator->quirks, cases[index].name, cases[index].value, problem));
        expect(&question);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the simulator's answers");
    TCase *tests = tcase_create("all");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, filtering, 0, (int)(sizeof(filters) / sizeof(*filters)));
    tcase_add_loop_test(tests, projecting, 0, (int)(sizeof(projections) / sizeof(*projections)));
    tcase_add_loop_test(tests, writing, 0, (int)(sizeof(writes) / sizeof(*writes)));
    tcase_add_test(tests, creation_brings_companions);
    tcase_add_test(tests, settings_are_written_through_the_device);
    tcase_add_test(tests, a_change_shows_in_what_was_shown_before);
    tcase_add_test(tests, quirks_change_the_answers);
    suite_add_tcase(suite, tests);
    return unit_run_suite(suite);
}
