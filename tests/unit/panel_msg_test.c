#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cable/panel_msg.h"

/* One of each kind, as docs/formats.md has them; each is what the encoder gives too. */
static const char *const samples[] = {
    "{\"plug\":{\"node\":\"SEP001122AABB01\",\"port\":\"Gi1/0/"
    "1\",\"interface\":\"eth0\",\"mac\":\"00:11:22:aa:bb:01\","
    "\"power\":{\"kind\":\"pd\",\"class\":1}}}",
    "{\"plug\":{\"node\":\"dhcp\",\"port\":null,\"interface\":\"eth1\",\"mac\":\"02:00:00:00:00:01\","
    "\"power\":{\"kind\":"
    "\"none\"}}}",
    "{\"plug\":{\"node\":\"p\",\"port\":\"Te1/1/"
    "1\",\"interface\":\"e\",\"mac\":\"02:00:00:00:00:01\",\"power\":{\"kind\":"
    "\"ac\"}}}",
    "{\"draw\":{\"mw\":3600}}",
    "{\"plugged\":{\"port\":\"Gi1/0/1\",\"switch\":\"sw1\",\"interface\":\"eth0\"}}",
    "{\"refused\":{\"code\":\"port-taken\",\"reason\":\"Gi1/0/1 has a cable of SEP001122AABB02\"}}",
    "{\"power\":{\"state\":\"denied\",\"mw\":0,\"reason\":\"4000 mW asked, 370 mW left\"}}",
    "{\"power\":{\"state\":\"adjusted\",\"mw\":1000000,\"reason\":\"\"}}",
    "{\"lane\":{\"vid\":110,\"interface\":\"eth0.110\"}}",
    "{\"lane\":{\"vid\":0,\"interface\":\"eth0\"}}",
    "{\"laned\":{\"vid\":4094,\"state\":\"made\",\"reason\":\"\"}}",
    "{\"laned\":{\"vid\":110,\"state\":\"refused\",\"reason\":\"no memory\"}}",
    "{\"link\":{\"state\":\"up\"}}",
    "{\"link\":{\"state\":\"down\"}}",
};
#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		char text[PANEL_MSG_MAX];
		struct panel_msg msg;
		struct fail fail = {0};
		ssize_t length;

		if (panel_msg_decode(&msg, samples[i], strlen(samples[i]), &fail))
			fail_msg("%s: %s", samples[i], fail.text);
		length = panel_msg_encode(&msg, text, sizeof(text));
		assert_int_equal(length, strlen(samples[i]));
		assert_memory_equal(text, samples[i], (size_t)length);
		assert_int_equal(panel_msg_encode(&msg, text, (size_t)length - 1), -ENOSPC);
	}
}

static void test_plug(void **state)
{
	static const char short_power[] = "{\"power\":{\"state\":\"off\",\"mw\":0}}";
	struct panel_msg msg;
	struct fail fail = {0};

	(void)state;
	assert_int_equal(panel_msg_decode(&msg, samples[0], strlen(samples[0]), &fail), 0);
	assert_int_equal(msg.kind, PANEL_MSG_PLUG);
	assert_string_equal(msg.plug.node, "SEP001122AABB01");
	assert_string_equal(msg.plug.port, "Gi1/0/1");
	assert_string_equal(msg.plug.interface, "eth0");
	assert_int_equal(msg.plug.mac.octet[5], 1);
	assert_int_equal(msg.plug.power, PANEL_POWER_PD);
	assert_int_equal(msg.plug.power_class, 1);
	assert_int_equal(panel_msg_decode(&msg, samples[1], strlen(samples[1]), &fail), 0);
	assert_string_equal(msg.plug.port, "");
	assert_int_equal(msg.plug.power, PANEL_POWER_NONE);
	assert_int_equal(panel_msg_decode(&msg, samples[3], strlen(samples[3]), &fail), 0);
	assert_int_equal(msg.draw_mw, 3600);
	/* "reason" of power may be left out. */
	assert_int_equal(panel_msg_decode(&msg, short_power, strlen(short_power), &fail), 0);
	assert_int_equal(msg.power.state, PANEL_POWER_OFF);
	assert_string_equal(msg.power.reason, "");
}

/* No prefix of a message is one, and what fails leaves msg as it was. */
static void test_truncations(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		for (size_t length = 0; length < strlen(samples[i]); length++) {
			struct panel_msg msg, before;
			struct fail fail = {0};
			char *exact = malloc(length + 1);

			memcpy(exact, samples[i], length);
			memset(&msg, 0xa5, sizeof(msg));
			before = msg;
			assert_int_equal(panel_msg_decode(&msg, exact, length, &fail), -EBADMSG);
			assert_memory_equal(&msg, &before, sizeof(msg));
			assert_true(strlen(fail.text) > 10);
			free(exact);
		}
	}
}

#define PLUG(node, port, interface, mac, power)                                                              \
	"{\"plug\":{\"node\":" node ",\"port\":" port ",\"interface\":" interface ",\"mac\":" mac            \
	",\"power\":" power "}}"
#define N  "\"a\""
#define P  "null"
#define I  "\"eth0\""
#define M  "\"02:00:00:00:00:01\""
#define AC "{\"kind\":\"ac\"}"

static const struct {
	const char *text;
	const char *reason; /* a part of it */
} refusals[] = {
    {"[]", "one member"},
    {"null", "not JSON"},
    {"{}", "one member"},
    {"{\"draw\":{\"mw\":1},\"link\":{\"state\":\"up\"}}", "one member"},
    {"{\"draw\":{\"mw\":1},\"draw\":{\"mw\":2}}", "not JSON"},
    {"{\"draw\":{\"mw\":1}} {}", "not JSON"},
    {"{\"draw\":{\"mw\":1,\"w\":2}}", "unknown key 'w'"},
    {"{\"draw\":{}}", "'mw' is missing"},
    {"{\"draw\":7}", "expected an object"},
    {"{\"draw\":{\"mw\":-1}}", "found -1, expected 0 to 1000000"},
    {"{\"draw\":{\"mw\":1000001}}", "found 1000001"},
    {"{\"draw\":{\"mw\":99999999999999999999999}}", "not JSON"},
    {"{\"draw\":{\"mw\":1.0}}", "expected an integer"},
    {"{\"draw\":{\"mw\":\"1\"}}", "expected an integer"},
    {"{\"eat\":{\"mw\":1}}", "panel message 'eat'"},
    {"{\"link\":{\"state\":\"sideways\"}}", "found 'sideways', expected one of down, up"},
    {"{\"power\":{\"state\":\"lots\",\"mw\":1}}", "expected one of detected, granted, denied, off, adjusted"},
    {"{\"power\":{\"state\":\"off\",\"mw\":1,\"reason\":\"a\\nb\"}}", "no control characters"},
    {"{\"power\":{\"state\":\"off\",\"mw\":1,\"reason\":\"\\u001b[2J\"}}", "no control characters"},
    {"{\"refused\":{\"code\":\"\",\"reason\":\"x\"}}", "'code': found 0 octets"},
    {"{\"refused\":{\"code\":\"a b\",\"reason\":\"x\"}}", "without spaces"},
    {"{\"refused\":{\"code\":\"a\"}}", "'reason' is missing"},
    {"{\"plugged\":{\"port\":\"p\",\"switch\":\"s\",\"interface\":\"../x\"}}", "name of an interface"},
    {PLUG("\"\"", P, I, M, AC), "'node': found 0 octets"},
    {PLUG("\"a b\"", P, I, M, AC), "without spaces"},
    {PLUG("\"\xc3\xa4\"", P, I, M, AC), "printable ASCII"},
    {PLUG("\"\xff\"", P, I, M, AC), "not JSON"},
    {PLUG("\"a\\u0000b\"", P, I, M, AC), "not JSON"},
    {PLUG("\"0123456789012345678901234567890123456789012345678901234567890123\"", P, I, M, AC),
     "found 64 octets, expected 1 to 63"},
    {PLUG(N, "7", I, M, AC), "'port': expected a text"},
    {PLUG(N, "\"\"", I, M, AC), "'port': found 0 octets"},
    {PLUG(N, P, "\"averyverylongname\"", M, AC), "'interface': found 17 octets, expected 1 to 15"},
    {PLUG(N, P, "\"a/b\"", M, AC), "name of an interface"},
    {PLUG(N, P, "\"..\"", M, AC), "name of an interface"},
    {PLUG(N, P, I, "\"01:00:0c:cc:cc:cc\"", AC), "unicast MAC"},
    {PLUG(N, P, I, "\"02:00\"", AC), "unicast MAC"},
    {PLUG(N, P, I, M, "null"), "'power': expected an object"},
    {PLUG(N, P, I, M, "{}"), "power: 'kind' is missing"},
    {PLUG(N, P, I, M, "{\"kind\":\"steam\"}"), "expected one of none, ac, pd"},
    {PLUG(N, P, I, M, "{\"kind\":\"pd\"}"), "'class' is missing"},
    {PLUG(N, P, I, M, "{\"kind\":\"pd\",\"class\":5}"), "found 5, expected 0 to 4"},
    {PLUG(N, P, I, M, "{\"kind\":\"ac\",\"class\":1}"), "unknown key 'class'"},
    {"{\"plug\":{\"node\":\"a\",\"interface\":\"e\",\"mac\":\"02:00:00:00:00:01\",\"power\":{\"kind\":\"ac\"}"
     "}}",
     "'port' is missing"},
    {"{\"plug\":{\"node\":\"a\",\"port\":null,\"interface\":\"e\",\"mac\":\"02:00:00:00:00:01\"}}",
     "'power': expected an object"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct panel_msg msg;
		struct fail fail = {0};
		int err = panel_msg_decode(&msg, refusals[i].text, strlen(refusals[i].text), &fail);

		if (err != -EBADMSG || !strstr(fail.text, refusals[i].reason))
			fail_msg("%s: gave %d, '%s'; expected '%s'", refusals[i].text, err, fail.text,
				 refusals[i].reason);
	}
}

static void test_size(void **state)
{
	static char text[PANEL_MSG_MAX + 1];
	struct panel_msg msg;
	struct fail fail = {0};

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, samples[3], strlen(samples[3]));
	assert_int_equal(panel_msg_decode(&msg, text, PANEL_MSG_MAX, &fail), 0);
	assert_int_equal(panel_msg_decode(&msg, text, PANEL_MSG_MAX + 1, &fail), -EBADMSG);
	assert_non_null(strstr(fail.text, "at most 4096"));
	/* As deep as it can be within the size: refused, not a stack overflow. */
	memset(text, '[', PANEL_MSG_MAX);
	assert_int_equal(panel_msg_decode(&msg, text, PANEL_MSG_MAX, &fail), -EBADMSG);
}

/* A message that the decoder rejects is not encoded either. */
static void test_encode_invalid(void **state)
{
	struct panel_msg msg = {.kind = PANEL_MSG_PLUG};
	char text[PANEL_MSG_MAX];

	(void)state;
	assert_int_equal(panel_msg_encode(&msg, text, sizeof(text)), -EINVAL); /* no node */
	strcpy(msg.plug.node, "a");
	strcpy(msg.plug.interface, "eth0");
	assert_true(panel_msg_encode(&msg, text, sizeof(text)) > 0);
	msg.plug.mac.octet[0] = 1;
	assert_int_equal(panel_msg_encode(&msg, text, sizeof(text)), -EINVAL);
	msg.plug.mac.octet[0] = 0;
	msg.plug.power = PANEL_POWER_PD;
	msg.plug.power_class = 5;
	assert_int_equal(panel_msg_encode(&msg, text, sizeof(text)), -EINVAL);
	msg.plug.power = (enum panel_power_kind)9;
	assert_int_equal(panel_msg_encode(&msg, text, sizeof(text)), -EINVAL);
	msg.kind = (enum panel_msg_kind)99;
	assert_int_equal(panel_msg_encode(&msg, text, sizeof(text)), -EINVAL);
	msg = (struct panel_msg){.kind = PANEL_MSG_DRAW, .draw_mw = PANEL_MW_MAX + 1};
	assert_int_equal(panel_msg_encode(&msg, text, sizeof(text)), -EINVAL);
	msg = (struct panel_msg){.kind = PANEL_MSG_REFUSED};
	strcpy(msg.refused.code, "x");
	strcpy(msg.refused.reason, "\xff");
	assert_int_equal(panel_msg_encode(&msg, text, sizeof(text)), -EINVAL);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(panel_msg_name(PANEL_MSG_PLUGGED), "plugged");
	assert_string_equal(panel_power_state_name(PANEL_POWER_ADJUSTED), "adjusted");
	assert_string_equal(panel_msg_name((enum panel_msg_kind)77), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),	cmocka_unit_test(test_plug),
	    cmocka_unit_test(test_truncations), cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_size),	cmocka_unit_test(test_encode_invalid),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
