/* `pace: real`: phones that take the time that the models take still arrive, and the ladder shows where it
 * went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/lab.h"

static struct lab lab;

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "pace");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

static void a_phone_takes_its_time(void **state)
{
	char path[512];

	(void)state;
	lab_write(&lab, "real.yaml",
		  "pace: real\n"
		  "vlans:\n  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
		  "switches:\n  - {name: sw1, voice_vlan: 110}\n"
		  "servers:\n  - {name: dhcp, kind: dhcp}\n  - {name: tftp, kind: tftp}\n"
		  "cluster:\n  nodes: [{name: cucm}]\n"
		  "phones:\n  - {model: 7841, count: 1}\n",
		  path);
	assert_int_equal(lab_up(&lab, path, false, 150, NULL, 0), 0);
	json_t *status = lab_status(&lab);
	assert_non_null(status);
	json_t *phone = json_array_get(json_object_get(status, "phones"), 0);
	assert_string_equal(member(phone, "state"), "registered");
	/* Booting is the long part; no hardware does it in less than ten seconds. */
	long long boot = member_int(phone_step(phone, 2), "ms"),
		  all = member_int(phone_step(phone, 11), "ms");
	assert_true(boot >= 10000);
	assert_true(all > boot && all < 150000);
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_phone_takes_its_time)};

	return cmocka_run_group_tests_name("pace: real", tests, begin, end);
}
