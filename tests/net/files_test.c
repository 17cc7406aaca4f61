/* The TFTP service, DHCP and DNS, as dnsmasq and lighttpd run them, in a namespace of their own. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/servers.h"

#define ROOT "/run/phonelab/tftp/root/"
#define SEP  "SEP001122AABB01.cnf.xml"

static struct servers servers; /* of the test that runs */

static int begin(void **state)
{
	(void)state;
	servers_begin(&servers, 3);
	return 0;
}

static int end(void **state)
{
	(void)state;
	servers_end(&servers);
	unlink("/run/phonelab/log/tftp.log");
	unlink("/run/phonelab/log/tftp-http.log");
	unlink("/run/phonelab/log/tftp-http.access");
	unlink("/run/phonelab/log/dhcp.log");
	return 0;
}

/* Run a command line; its output in text. */
static int run(char *text, size_t size, const char *line)
{
	const char *argv[] = {"sh", "-c", line, NULL};

	return sandbox_command(-1, 20000, text, size, argv);
}

static void test_http(void **state)
{
	char text[8192], *log;

	(void)state;
	print_message("[   FACT   ] ready after %.0f ms\n", servers_start(&servers, "tftp-http"));
	if (run(text, sizeof(text),
		"curl -sS -m 10 --interface 10.20.0.99 -o /tmp/got http://10.20.0.3:6970/" SEP
		" && cmp /tmp/got " ROOT SEP))
		fail_msg("%s", text);
	servers_printed("tftp-http.access", "10.20.0.99 ", 5);
	servers_printed("tftp-http.access", "\"GET /" SEP " HTTP/1.1\" 200 ", 5);

	assert_int_equal(
	    run(text, sizeof(text), "curl -sS -m 10 -D - -o /dev/null http://10.20.0.3:6970/" SEP), 0);
	assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(text, "Content-Type: */*\r\n"));
	assert_non_null(strstr(text, "Cache-Control: no-store\r\n"));
	assert_non_null(strstr(text, "Content-Length: "));
	assert_null(strstr(text, "Server:"));

	assert_int_equal(
	    run(text, sizeof(text),
		"curl -sS -m 10 -o /dev/null -w '%{http_code}' http://10.20.0.3:6970/CTLSEP001122AABB01.tlv"),
	    0);
	assert_string_equal(text, "404");
	servers_printed("tftp-http.access", "\"GET /CTLSEP001122AABB01.tlv HTTP/1.1\" 404 ", 5);
	/* A folder is not listed, and nothing outside the tree is given out. */
	run(text, sizeof(text),
	    "curl -sS -m 10 -o /dev/null -w '%{http_code}' http://10.20.0.3:6970/French_France/");
	assert_string_not_equal(text, "200");
	run(text, sizeof(text),
	    "curl -sS -m 10 --path-as-is -o /dev/null -w '%{http_code}' "
	    "http://10.20.0.3:6970/../../keys/signer.key");
	assert_string_not_equal(text, "200");
	/* A file that is replaced while the server runs is seen at once. */
	servers.sample->device[0].load = "sip78xx.12-8-1-0001-455";
	assert_int_equal(cucm_write_device(&servers.sample->plan, "/run/phonelab", &servers.sample->device[0],
					   &servers.fail),
			 0);
	run(text, sizeof(text), "curl -sS -m 10 http://10.20.0.3:6970/" SEP);
	assert_non_null(strstr(text, "sip78xx.12-8-1-0001-455"));
	/* The lists by which tools recognise a CUCM. */
	run(text, sizeof(text), "curl -sS -m 10 http://10.20.0.3:6970/ConfigFileCacheList.txt");
	assert_non_null(strstr(text, "\n" SEP ".sgn\t"));
	run(text, sizeof(text), "curl -sS -m 10 http://10.20.0.3:6970/lddefault.cfg");
	assert_non_null(strstr(text, "Profile"));
	log = servers_log("tftp-http.log");
	assert_null(strstr(log, "WARNING"));
	free(log);
}

static void test_tftp(void **state)
{
	char text[8192], *log;
	int status;

	(void)state;
	print_message("[   FACT   ] ready after %.0f ms\n", servers_start(&servers, "tftp"));
	if (run(text, sizeof(text),
		"curl -sS -m 20 -o /tmp/got tftp://10.20.0.3/" SEP " && cmp /tmp/got " ROOT SEP))
		fail_msg("%s", text);
	servers_printed("tftp.log", "sent " ROOT SEP " to ", 5);
	if (run(text, sizeof(text),
		"curl -sS -m 20 -o /tmp/got tftp://10.20.0.3/FileList.txt && cmp /tmp/got " ROOT
		"FileList.txt"))
		fail_msg("%s", text);
	/* Without options, and in another folder. */
	if (run(text, sizeof(text),
		"curl -sS -m 20 --tftp-no-options -o /tmp/got tftp://10.20.0.3/French_France/sp-sip.jar && "
		"cmp /tmp/got " ROOT "French_France/sp-sip.jar"))
		fail_msg("%s", text);
	status =
	    run(text, sizeof(text), "curl -sS -m 20 -o /dev/null tftp://10.20.0.3/CTLSEP001122AABB01.tlv");
	assert_int_equal(status, 68); /* CURLE_TFTP_NOTFOUND: ERROR 1 */
	servers_printed("tftp.log", "file " ROOT "CTLSEP001122AABB01.tlv not found for ", 5);
	log = servers_log("tftp.log");
	assert_null(strstr(log, "failed sending"));
	free(log);
	/* Names are case-sensitive. */
	assert_int_equal(
	    run(text, sizeof(text), "curl -sS -m 20 -o /dev/null tftp://10.20.0.3/sep001122aabb01.cnf.xml"),
	    68);
	assert_int_not_equal(run(text, sizeof(text), "curl -sS -m 5 http://10.20.0.3:6970/" SEP), 0);
}

/* A load and its images, larger than many blocks. */
static void test_firmware_by_tftp(void **state)
{
	char text[8192];

	(void)state;
	servers_start(&servers, "tftp");
	if (run(text, sizeof(text),
		"curl -sS -m 20 --tftp-blksize 1428 -o /tmp/got "
		"tftp://10.20.0.3/rootfs78xx.14-2-1-0001-125.sbn && "
		"cmp /tmp/got " ROOT "rootfs78xx.14-2-1-0001-125.sbn"))
		fail_msg("%s", text);
}

static void test_dhcp_and_dns(void **state)
{
	static const char script[] = "#!/bin/sh\n[ \"$1\" = bound ] && { env | sort; }\nexit 0\n";
	char text[8192];
	FILE *file;

	(void)state;
	if (run(text, sizeof(text),
		"ip link add eth0 type veth peer name phone && ip address add 10.110.0.2/24 dev eth0 && "
		"ip link set eth0 up && ip link set phone up"))
		fail_msg("%s", text);
	file = fopen("/tmp/bound", "we");
	assert_non_null(file);
	fputs(script, file);
	fclose(file);
	chmod("/tmp/bound", 0755);
	print_message("[   FACT   ] ready after %.0f ms\n", servers_start(&servers, "dhcp"));
	/* -B: replies as broadcasts. A unicast one needs a neighbour entry, of which all namespaces of a
	 * kernel share 1024, and others may have used them up. */
	if (run(text, sizeof(text),
		"udhcpc -B -f -q -n -t 5 -T 1 -i phone -s /tmp/bound -O 150 -O 66 -V 'Cisco Systems, Inc. IP "
		"Phone CP-7841'")) {
		char *log = servers_log("dhcp.log");

		print_message("%s", log);
		free(log);
		fail_msg("%s", text);
	}
	assert_non_null(strstr(text, "\nip=10.110.0."));
	assert_non_null(strstr(text, "\nlease=3600\n"));
	assert_non_null(strstr(text, "\nrouter=10.110.0.1\n"));
	assert_non_null(strstr(text, "\ndns=10.110.0.2\n"));
	assert_non_null(strstr(text, "\nopt150=0a1400030a140004\n"));
	assert_non_null(strstr(text, "\ntftp=tftp.lab\n"));
	assert_non_null(strstr(text, "\nsiaddr=10.110.0.2\n"));
	servers_printed("dhcp.log", "vendor class: Cisco Systems, Inc. IP Phone CP-7841", 5);
	servers_printed("dhcp.log", "DHCPACK(eth0) 10.110.0.", 5);
	assert_int_equal(run(text, sizeof(text), "grep -c . /run/phonelab/dhcp/leases"), 0);

	assert_int_equal(run(text, sizeof(text), "busybox nslookup cucm-pub.lab 10.110.0.2"), 0);
	assert_non_null(strstr(text, "10.20.0.11"));
	assert_int_equal(run(text, sizeof(text), "busybox nslookup tftp.lab 10.110.0.2"), 0);
	assert_non_null(strstr(text, "10.20.0.3"));
	assert_int_not_equal(run(text, sizeof(text), "busybox nslookup nobody.lab 10.110.0.2"), 0);
}

/* A program that is not ready is reported, with the reason. */
static void test_not_ready(void **state)
{
	static const char *const names[] = {"dhcp", "tftp", "tftp-http", "cucm-pub"};
	struct fail fail = {0};

	(void)state;
	servers_start(&servers, "tftp");
	servers_stop(&servers, "tftp");
	for (size_t i = 0; i < servers.count; i++) {
		for (size_t j = 0; j < 4; j++) {
			if (strcmp(servers.commands[i].name, names[j]))
				continue;
			assert_int_equal(cucm_ready(&servers.sample->plan, &servers.commands[i],
						    "/run/phonelab", -1, 500, &fail),
					 -EAGAIN);
			assert_non_null(strstr(fail.text, "is not ready"));
		}
	}
}

static int tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest all[] = {
	    TEST(test_http),	     TEST(test_tftp),	   TEST(test_firmware_by_tftp),
	    TEST(test_dhcp_and_dns), TEST(test_not_ready),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 120);
}
