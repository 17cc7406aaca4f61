/*
 * A registrar that is no call manager: Kamailio with a configuration that answers the first REGISTER of a device like
 * any other, and so binds its primary line only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/lab.h"

static struct lab lab;

/* `up` ends, although one of the two phones has a second line that nobody binds. */
static void up_ends_with_a_partly_registered_phone(void **state)
{
	char bin[512], program[512], topology[512], text[1000];
	struct command_result up, status;

	(void)state;
	lab_write(&lab, "foreign.yaml",
		  "vlans: [{id: 110, name: VOICE, subnet: 10.110.0.0/24}]\n"
		  "switches: [{name: sw1, voice_vlan: 110}]\n"
		  "servers: [{name: dhcp, kind: dhcp}, {name: tftp, kind: tftp}]\n"
		  "cluster: {nodes: [{name: cucm}]}\n"
		  "phones: [{model: 8845, line: [2001, 2002]}, {model: 8845, line: 2003}]\n",
		  topology);
	/* A mount hides the real program: this runs a copy. */
	snprintf(text, sizeof(text),
		 "#!/bin/sh\n"
		 "for word; do case $word in */kamailio.cfg) sed -i 's/<bulkregisterreq>/<never>/; "
		 "s,has_body(\"multipart/mixed\"),has_body(\"no/body\"),' \"$word\";; esac; done\n"
		 "exec '%s/copy' \"$@\"\n",
		 lab.dir);
	lab_write(&lab, "kamailio", text, program);
	assert_int_equal(chmod(program, 0755), 0);
	up = command_sh(120,
			"unshare -m$([ $(id -u) = 0 ] || echo Ur) sh -c 'real=$(command -v kamailio || echo "
			"/usr/sbin/kamailio) && cp $real %s/copy && mount --bind %s $real && "
			"exec %s up -d --timeout 300 --name %s %s'",
			lab.dir, program, lab_bin("phonelab", bin), lab.name, topology);
	lab.running = true;
	if (up.status || !strstr(up.out, "1 of 2 registered, 1 partly registered"))
		fail_msg("up: status %d: %s%s", up.status, up.out, up.err);
	command_free(&up);
	status = lab_command(&lab, "status");
	if (LINES_WITH(status.out, "partly registered", "2001", "cucm") != 1 ||
	    LINES_WITH(status.out, "2001,2002") || LINES_WITH(status.out, " registered ", "2003") != 1)
		fail_msg("%s", status.out);
	command_free(&status);
}

static int begin(void **state)
{
	(void)state;
	lab_begin(&lab, "foreign");
	return 0;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(up_ends_with_a_partly_registered_phone),
	};

	return cmocka_run_group_tests_name("a foreign registrar", tests, begin, end);
}
