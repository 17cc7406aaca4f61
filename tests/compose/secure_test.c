/*
 * The secure office in containers: eight phones of three security modes. The witnesses are Kamailio's list of TLS connections, the
 * openssl command and tshark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/compose.h"
#include "tests/support/lab.h"

#define PHONES	 8
#define ENROLLED "SEP001122AABB08" /* gets its LSC at its first boot */

static char folder[] = "/tmp/phonelab-secure-XXXXXX";

/* The topology as it is shipped, with a key log. */
static int begin(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	compose_run("chmod 755 %s && { echo 'key_log: true'; cat topologies/secure.yaml; } >%s/secure.yaml",
		    folder, folder);
	setenv("TOPOLOGIES", folder, 1);
	setenv("TOPOLOGY", "secure", 1);
	return compose_begin(state);
}

static int end(void **state)
{
	compose_run("rm -rf %s", folder);
	return compose_end(state);
}

static char *kamcmd(const char *method)
{
	return compose(
	    now.a, "exec -T cucm-pub as-phonelab kamcmd -s unixs:/run/phonelab/cucm/cucm-pub/ctl %s", method);
}

static void all_phones_register_with_all_steps(void **state)
{
	json_t *status, *phone, *step;
	size_t i, j;
	char *list;

	(void)state;
	compose_need();
	free(compose(now.a, "up -d"));
	compose_healthy(now.a);
	status = compose_registered(now.a, PHONES, "cucm-pub", 60);
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		json_array_foreach (json_object_get(phone, "steps"), j, step)
			if (strcmp(member(step, "state"), "done"))
				fail_msg("%s: step %zu is %s: %s", member(phone, "name"), j + 1,
					 member(step, "state"), member(step, "detail"));
	json_decref(status);
	list = kamcmd("tls.list");
	if (LINES_WITH(list, "state: established") != 6 || LINES_WITH(list, "cipher: NULL-SHA ") != 2 ||
	    LINES_WITH(list, "cipher: ECDHE-RSA-AES256-GCM-SHA384 ") != 4)
		fail_msg("%s", list);
	free(list);
}

/* CAPF runs in one container, the keeper that holds the devices in another, and the phone in a third. */
static void a_phone_gets_an_lsc(void **state)
{
	char bin[512];

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	compose_run("f=/run/phonelab/keys; %s --lab %s exec cucm-pub -- openssl verify -partial_chain "
		    "-CAfile $f/capf.crt "
		    "$f/phones/" ENROLLED ".lsc.crt",
		    bin, now.a);
	compose_run("%s --lab %s device set SEP001122AABB05 capf_operation=install", bin, now.a);
	compose_run("%s --lab %s reset --wait SEP001122AABB05", bin, now.a);
	compose_run("f=/run/phonelab/keys; %s --lab %s exec cucm-pub -- openssl verify -partial_chain "
		    "-CAfile $f/capf.crt "
		    "$f/phones/SEP001122AABB05.lsc.crt",
		    bin, now.a);
}

/* The keeper reads the log of a call manager that runs in another container, and writes the alarm there. */
static void a_failed_handshake_is_an_alarm(void **state)
{
	char bin[512];

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	free(compose_sh(
	    0,
	    "%s --lab %s exec SEP001122AABB02 -- openssl s_client -connect 10.20.0.11:5061 -tls1_2 "
	    "</dev/null 2>&1; :",
	    bin, now.a));
	compose_run("for i in $(seq 100); do %s --lab %s device show SEP001122AABB02 | grep -q 'Last "
		    "rejected.*reason 10 ' && "
		    "exit; sleep 0.1; done; exit 1",
		    bin, now.a);
	compose_run("%s --lab %s exec cucm-pub -- grep -q "
		    "'TransientConnection.*DeviceName=SEP001122AABB02.*Reason=10' "
		    "/run/phonelab/log/cucm-pub.log",
		    bin, now.a);
}

/* The container of the phones has the key log. The file on the host is for its owner only. */
static void a_capture_has_the_key_log(void **state)
{
	char bin[512], *text;

	(void)state;
	compose_need();
	lab_bin("phonelab", bin);
	text = compose_sh(
	    0,
	    "%s --lab %s capture SEP001122AABB07 --key-log --duration 8 -w %s/secret.pcapng & sleep 2; "
	    "%s --lab %s reset --wait SEP001122AABB07 >/dev/null; wait $!; stat -c %%a %s/secret.pcapng; "
	    "tshark -n -r %s/secret.pcapng -Y sip -T fields -e sip.Via.transport -e sip.CSeq.method "
	    "2>/dev/null",
	    bin, now.a, folder, bin, now.a, folder, folder);
	if (strncmp(text, "600\n", 4) != 0 || LINES_WITH(text, "TLS", "REGISTER") < 1)
		fail_msg("%s", text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_phones_register_with_all_steps),
	    cmocka_unit_test(a_phone_gets_an_lsc),
	    cmocka_unit_test(a_failed_handshake_is_an_alarm),
	    cmocka_unit_test(a_capture_has_the_key_log),
	    cmocka_unit_test(compose_nothing_is_left),
	};

	return cmocka_run_group_tests_name("compose: the secure office", tests, begin, end);
}
