/* SIP over TLS and HTTPS of a lab with certificates: Kamailio and lighttpd, asked by the openssl command, curl and kamcmd. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cucm/tls_failure.h"
#include "tests/support/sandbox.h"
#include "tests/support/servers.h"

#define KEYS	  "/run/phonelab/keys/"
#define MIC(n)	  KEYS "phones/SEP001122AABB0" #n ".mic.pem"
#define LSC(n)	  KEYS "phones/SEP001122AABB0" #n ".lsc.pem"
#define DEVICE(n) "SEP001122AABB0" #n
#define NULL_SHA  "-cipher", "NULL-SHA:@SECLEVEL=0"
#define OK	  "SIP/2.0 200 OK\n"
#define FORBIDDEN "SIP/2.0 403 Forbidden\n"

static struct servers servers;
static char said[16384];

static int begin(void **state)
{
	(void)state;
	servers_begin_mixed(&servers, 5);
	return 0;
}

static int end(void **state)
{
	(void)state;
	servers_end(&servers);
	return 0;
}

#define REGISTER(...)                                                                                        \
	sandbox_command(                                                                                     \
	    -1, 30000, said, sizeof(said),                                                                   \
	    (const char *[]){"bash", "tests/support/tls_register.sh", "10.20.0.11", __VA_ARGS__, NULL})
#define SHELL(line) sandbox_command(-1, 30000, said, sizeof(said), (const char *[]){"sh", "-c", line, NULL})

static void expect(const char *text)
{
	if (strncmp(said, text, strlen(text)))
		fail_msg("expected %sgot %s", text, said);
}

static void expect_alarm(unsigned reason, const char *device)
{
	char alarm[160];

	snprintf(alarm, sizeof(alarm), "EndPointTransientConnection: %%[DeviceName=%s]", device);
	servers_printed("cucm-pub.log", alarm, 5);
	snprintf(alarm, sizeof(alarm), "[Reason=%u]", reason);
	servers_printed("cucm-pub.log", alarm, 5);
}

static void test_modes_register(void **state)
{
	(void)state;
	servers_start(&servers, "cucm-pub");
	setenv("CTL", "/run/phonelab/cucm/cucm-pub/ctl", 1);
	REGISTER(DEVICE(3), "2003", MIC(3), "-CAfile", KEYS "cucm-pub/callmanager.crt",
		 "-verify_return_error");
	expect(OK);
	assert_non_null(strstr(said, "cipher: ECDHE-RSA-AES256-GCM-SHA384"));
	assert_non_null(strstr(said, "state: established"));
	REGISTER(DEVICE(4), "2004", LSC(4), "-cipher", "AES128-SHA");
	expect(OK);
	REGISTER(DEVICE(2), "2002", MIC(2), NULL_SHA);
	expect(OK);
	assert_non_null(strstr(said, "cipher: NULL-SHA"));
	unsetenv("CTL");
}

static void test_mismatches_are_refused(void **state)
{
	(void)state;
	servers_start(&servers, "cucm-pub");
	REGISTER(DEVICE(3), "2003", MIC(4));
	expect(FORBIDDEN
	       "Warning: 399 cucm-pub \"the certificate of CP-7841-SEP001122AABB04 is not that of device "
	       "SEP001122AABB03\"\n");
	expect_alarm(11, DEVICE(3));
	REGISTER(DEVICE(1), "2001", MIC(1));
	expect(FORBIDDEN "Warning: 399 cucm-pub \"device SEP001122AABB01 is not secure: it must not register "
			 "over TLS\"\n");
	expect_alarm(28, DEVICE(1));
	REGISTER(DEVICE(2), "2002", MIC(2));
	expect(FORBIDDEN
	       "Warning: 399 cucm-pub \"device SEP001122AABB02 is authenticated, not encrypted\"\n");
	REGISTER(DEVICE(4), "2004", LSC(4), NULL_SHA);
	expect(FORBIDDEN "Warning: 399 cucm-pub \"device SEP001122AABB04 is encrypted: the cipher NULL-SHA "
			 "does not encrypt\"\n");
	expect_alarm(12, DEVICE(4));
}

/* The reason codes of the failed handshakes in Kamailio's log; returns how many there are. */
static unsigned read_failures(unsigned codes[8])
{
	struct tls_failure_reader reader = {0};
	struct tls_failure failure;
	char *log = servers_log("cucm-pub.log");
	unsigned n = 0;

	for (char *rest = log, *line; (line = strsep(&rest, "\n")) && n < 8;)
		if (tls_failure_read(&reader, line, &failure)) {
			assert_string_equal(failure.address, "10.20.0.11");
			codes[n++] = failure.code;
		}
	free(log);
	return n;
}

/* The peer receives the alert before Kamailio writes its lines. */
static void expect_failures(unsigned count, const unsigned *expected)
{
	unsigned codes[8], n = 0;

	for (int i = 0; i < 100 && (n = read_failures(codes)) < count; i++)
		poll(NULL, 0, 50);
	assert_int_equal(n, count);
	assert_memory_equal(codes, expected, count * sizeof(*codes));
}

static void test_no_connection(void **state)
{
	(void)state;
	servers_start(&servers, "cucm-pub");
	/* Not issued by the maker of the phones nor by the CAPF. */
	SHELL("cat " KEYS "cucm-sub/tvs.key " KEYS "cucm-sub/tvs.crt >/tmp/other.pem");
	REGISTER(DEVICE(3), "2003", "/tmp/other.pem");
	expect("no answer\nalert unknown ca\n");
	REGISTER(DEVICE(3), "2003", MIC(3), "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256");
	expect("no answer\nalert handshake failure\n");
	SHELL("openssl s_client -connect 10.20.0.11:5061 -tls1_2 </dev/null 2>&1 | grep -o 'alert [a-z ]*'");
	expect("alert handshake failure\n");
	SHELL("openssl s_client -connect 10.20.0.11:5061 -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null 2>&1 | "
	      "grep -o 'alert [a-z ]*'");
	expect("alert protocol version\n");
	expect_failures(4, (const unsigned[]){10, 12, 10, 10});
}

/* Peers that do what no phone does. Nothing of their names acts on a terminal. */
static void test_hostile_peers(void **state)
{
	char *log;

	(void)state;
	servers_start(&servers, "cucm-pub");
	SHELL("python3 -B tests/support/hostile_sip.py 10.20.0.11 " MIC(3) " 2>&1");
	expect("ok\n");
	REGISTER(DEVICE(3), "2003", MIC(3));
	expect(OK);
	/* The maker of the phones has issued a certificate with an odd name. */
	SHELL("cd /tmp && openssl req -new -newkey rsa:2048 -nodes -keyout odd.key -out odd.csr -subj "
	      "\"$(printf '/CN=CP-8865-SEP001122AABB03\\n\\033[31m%%UC_')\" 2>&1 && openssl x509 -req -in "
	      "odd.csr "
	      "-CA " KEYS "mic-ca.crt -CAkey " KEYS
	      "mic-ca.key -out odd.crt -days 1 2>&1 && cat odd.key odd.crt " KEYS "mic-ca.crt >odd.pem");
	REGISTER(DEVICE(3), "2003", "/tmp/odd.pem");
	expect(FORBIDDEN "Warning: 399 cucm-pub \"the certificate of another device is not that of device "
			 "SEP001122AABB03\"\n");
	log = servers_log("cucm-pub.log");
	assert_null(strchr(log, '\033'));
	assert_null(strstr(log, "PRIVATE KEY"));
	free(log);
}

/* A secure device on 5060; the same device by TCP is what an old configuration makes of it. */
static void test_secure_device_over_tcp(void **state)
{
	(void)state;
	servers_start(&servers, "cucm-pub");
	SHELL("bash -c 'exec 3<>/dev/tcp/10.20.0.11/5060; "
	      "printf \"REGISTER sip:10.20.0.11 SIP/2.0\\r\\nVia: SIP/2.0/TCP "
	      "10.20.0.11:5099;branch=z9hG4bKa\\r\\n"
	      "From: <sip:2003@10.20.0.11>;tag=1\\r\\nTo: <sip:2003@10.20.0.11>\\r\\nCall-ID: a\\r\\nCSeq: 1 "
	      "REGISTER\\r\\n"
	      "Max-Forwards: 70\\r\\nContact: "
	      "<sip:a@10.20.0.11:5099;transport=tcp>;+u.sip!devicename.ccm.cisco.com="
	      "\\\"SEP001122AABB03\\\"\\r\\nExpires: 120\\r\\nContent-Length: 0\\r\\n\\r\\n\" >&3; read -r "
	      "-t 20 line <&3; "
	      "echo \"$line\"'");
	expect("SIP/2.0 403 Forbidden\r");
	expect_alarm(28, DEVICE(3));
	servers_printed("cucm-pub.log", "is secure: it must register over TLS", 5);
}

/* HTTPS serves the signed name without the signature; HTTP serves the signed file. */
static void test_https(void **state)
{
	(void)state;
	servers_start(&servers, "tftp-http");
#define CURL "curl -sS --cacert " KEYS "tftp/tftp-ec.crt --resolve tftp.lab:6971:10.20.0.3 "
	SHELL(CURL "https://tftp.lab:6971/SEP001122AABB03.cnf.xml.sgn | cmp - "
		   "/run/phonelab/tftp/root/SEP001122AABB03.cnf.xml "
		   "&& curl -sS http://10.20.0.3:6970/SEP001122AABB03.cnf.xml.sgn | cmp - "
		   "/run/phonelab/tftp/root/SEP001122AABB03.cnf.xml.sgn && echo same");
	expect("same\n");
	SHELL(CURL "-o /dev/null -w '%{http_code}\\n' https://tftp.lab:6971/SEP001122AABBFF.cnf.xml.sgn");
	expect("404\n");
	SHELL("openssl s_client -connect 10.20.0.3:6971 -tls1_2 -CAfile " KEYS
	      "tftp/tftp-ec.crt </dev/null 2>&1 | "
	      "grep -e 'Cipher is' -e 'Verify return'");
	assert_non_null(strstr(said, "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"));
	assert_non_null(strstr(said, "Verify return code: 0 (ok)"));
}

static int tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest list[] = {
	    TEST(test_modes_register), TEST(test_mismatches_are_refused), TEST(test_no_connection),
	    TEST(test_hostile_peers),  TEST(test_secure_device_over_tcp), TEST(test_https),
	};

	return cmocka_run_group_tests(list, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 120);
}
