/* The table of reason codes against a list of facts, alarms in lines, and the alarms of causes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "cucm/alarm.h"
#include "cucm/config.h"
#include "phonelab/why/alarm_of.h"
#include "phonelab/why/engine.h"
#include "phonelab/why/fact.h"

/* CcmDevUnregCauseCode and CcmDevRegFailCauseCode of CISCO-CCM-MIB, and the alarm catalogue. */
static const struct {
	enum alarm_kind kind;
	unsigned code;
	const char *name;
	unsigned severity;
} facts[] = {
    {ALARM_UNREGISTERED, 1, "unknown", 3},
    {ALARM_UNREGISTERED, 6, "connectivityError", 3},
    {ALARM_UNREGISTERED, 8, "deviceInitiatedReset", 6},
    {ALARM_UNREGISTERED, 9, "callManagerReset", 6},
    {ALARM_UNREGISTERED, 10, "deviceUnregistered", 3},
    {ALARM_UNREGISTERED, 13, "keepAliveTimeout", 3},
    {ALARM_UNREGISTERED, 15, "callManagerRestart", 6},
    {ALARM_UNREGISTERED, 16, "duplicateRegistration", 3},
    {ALARM_UNREGISTERED, 17, "callManagerApplyConfig", 3},
    {ALARM_UNREGISTERED, 19, "emLoginLogout", 6},
    {ALARM_UNREGISTERED, 20, "emccLoginLogout", 6},
    {ALARM_UNREGISTERED, 25, "registrationSequenceError", 3},
    {ALARM_UNREGISTERED, 29, "deviceSwitch", 3},
    {ALARM_TRANSIENT, 2, "noEntryInDatabase", 3},
    {ALARM_TRANSIENT, 10, "authenticationError", 3},
    {ALARM_TRANSIENT, 11, "invalidX509NameInCertificate", 3},
    {ALARM_TRANSIENT, 12, "invalidTLSCipher", 3},
    {ALARM_TRANSIENT, 13, "directoryNumberMismatch", 3},
    {ALARM_TRANSIENT, 14, "malformedRegisterMsg", 3},
    {ALARM_TRANSIENT, 15, "protocolMismatch", 3},
    {ALARM_TRANSIENT, 16, "deviceNotActive", 3},
    {ALARM_TRANSIENT, 23, "databaseTimeout", 3},
    {ALARM_TRANSIENT, 28, "securityMismatch", 3},
    {ALARM_TRANSIENT, 32, "deviceTypeMismatch", 3},
};

static void test_reasons(void **state)
{
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const struct alarm_reason *reason = alarm_reason(facts[i].kind, facts[i].code);

		assert_non_null(reason);
		assert_string_equal(reason->name, facts[i].name);
		assert_int_equal(reason->severity, facts[i].severity);
		assert_ptr_equal(alarm_reason_named(facts[i].kind, facts[i].name), reason);
	}
	for (int kind = 0; kind < ALARM_KINDS; kind++) {
		const struct alarm_reason *reason = alarm_reasons((enum alarm_kind)kind, &count);

		for (size_t i = 1; i < count; i++)
			assert_true(reason[i - 1].code < reason[i].code);
	}
	alarm_reasons(ALARM_UNREGISTERED, &count);
	assert_int_equal(count, 28);
	assert_null(alarm_reason(ALARM_UNREGISTERED, 27));
	assert_null(alarm_reason(ALARM_TRANSIENT, 19));
	assert_null(alarm_reason(ALARM_REGISTERED, 1));
}

static void test_read(void **state)
{
	struct alarm alarm;

	(void)state;
	assert_true(alarm_read(" 8(21) NOTICE: {1 102 REGISTER x@10.110.0.244} <script>: "
			       "%UC_CALLMANAGER-3-EndPointUnregistered: %[DeviceName=SEP001122AABB01]"
			       "[IPAddress=10.110.0.5][Protocol=SIP][Reason=13][AppID=Cisco CallManager]: An "
			       "endpoint has unregistered",
			       &alarm));
	assert_int_equal(alarm.kind, ALARM_UNREGISTERED);
	assert_int_equal(alarm.severity, 3);
	assert_int_equal(alarm.code, 13);
	assert_string_equal(alarm.device, "SEP001122AABB01");
	assert_string_equal(alarm.address, "10.110.0.5");
	assert_string_equal(alarm.reason->name, "keepAliveTimeout");
	assert_true(
	    alarm_read("%UC_CALLMANAGER-3-EndPointTransientConnection: %[Reason=999999999999]", &alarm));
	assert_null(alarm.reason);
	assert_string_equal(alarm.device, "");
	assert_false(alarm_read("", &alarm));
	assert_false(alarm_read("%UC_CALLMANAGER-", &alarm));
	assert_false(alarm_read("%UC_CALLMANAGER-9-EndPointRegistered: %[]", &alarm));
	assert_false(alarm_read("%UC_CALLMANAGER-3-SomethingElse: %[DeviceName=SEP1]", &alarm));
}

/* Kamailio's script has the severities of the table. */
static void test_script(void **state)
{
	struct text text = {0};
	struct cucm_node node = {.name = "cucm-pub"};
	struct cucm_plan plan = {.cluster = "C", .nodes = &node, .node_count = 1};

	(void)state;
	config_kamailio(&plan, &node, &text);
	assert_false(text.failed);
	assert_non_null(strstr(text.bytes, "#!substdef \"!NORMAL_REASONS!8|9|15|19|20!g\"\n"));
	text_free(&text);
}

static const char *const with_alarm[] = {"cm-device",
					 "cm-line",
					 "cm-number",
					 "cm-of-another",
					 "cm-digest-user",
					 "cm-digest-file",
					 "cm-closes",
					 "cm-forgotten",
					 "cable-out",
					 "port-shut",
					 "poe-off",
					 "no-power",
					 "no-link",
					 "vanish",
					 "cm-certificate-expired",
					 "cm-certificate-future",
					 "cm-certificate-role",
					 "cm-certificate-foreign",
					 "cm-certificate-renewed",
					 "clock-by-ntp",
					 "clock-no-ntp",
					 "clock-wrong",
					 "tvs-stopped",
					 "tvs-hangs",
					 "tvs-store",
					 "peer-refused",
					 "own-certificate-expired",
					 "own-certificate-future",
					 "own-certificate-issuer",
					 "own-certificate-name",
					 "tls-version",
					 "tls-cipher"};

static bool is_candidate(const char *id)
{
	static const struct why_candidate *const tables[] = {why_candidates_link, why_candidates_network,
							     why_candidates_register, why_candidates_tls};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct why_candidate *one = tables[t]; one->id; one++)
			if (!strcmp(one->id, id))
				return true;
	return false;
}

/* Each cause with an alarm is a candidate of the engine, and knows whether its alarm was logged. */
static void test_causes(void **state)
{
	json_t *facts_now = json_array(), *alarm, *fact;

	(void)state;
	for (size_t i = 0; i < sizeof(with_alarm) / sizeof(with_alarm[0]); i++) {
		if (!is_candidate(with_alarm[i]))
			fail_msg("%s is no candidate", with_alarm[i]);
		alarm = why_alarm_of(with_alarm[i], facts_now);
		assert_non_null(alarm);
		assert_true(json_is_false(json_object_get(alarm, "logged")));
		json_decref(alarm);
	}
	assert_null(why_alarm_of("snooping", facts_now));
	fact = fact_add(facts_now, "log.alarm", "process cucm-pub", 11, "log/cucm-pub.log:1", "an alarm");
	fact_value(fact, "alarm", "EndPointTransientConnection");
	fact_value(fact, "reason", "13");
	alarm = why_alarm_of("cm-line", facts_now);
	assert_true(json_is_true(json_object_get(alarm, "logged")));
	assert_int_equal(json_integer_value(json_object_get(alarm, "reason")), 13);
	json_decref(alarm);
	alarm = why_alarm_of("cm-device", facts_now);
	assert_true(json_is_false(json_object_get(alarm, "logged")));
	json_decref(alarm);
	alarm = why_alarm_of("cable-out", facts_now); /* 13 of another alarm */
	assert_true(json_is_false(json_object_get(alarm, "logged")));
	json_decref(alarm);
	json_decref(facts_now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reasons),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_script),
	    cmocka_unit_test(test_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
