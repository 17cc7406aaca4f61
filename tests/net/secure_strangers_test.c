/*
 * SIP over TLS with programs of others: SIPp behind stunnel, and baresip, with the certificates of the lab's phones. What they print
 * and Kamailio's alarms are the witnesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/command.h"
#include "tests/support/sandbox.h"
#include "tests/support/servers.h"

#define KEYS	"/run/phonelab/keys/"
#define MIC(n)	KEYS "phones/SEP001122AABB0" #n ".mic.pem"
#define LSC(n)	KEYS "phones/SEP001122AABB0" #n ".lsc.pem"
#define MANAGER KEYS "cucm-pub/callmanager.crt"

static struct servers servers;
static struct sandbox_child stranger = {.pid = -1, .out = -1};
static char said[65536];

static int begin(void **state)
{
	(void)state;
	servers_begin_mixed(&servers, 5);
	servers_start(&servers, "cucm-pub");
	return 0;
}

static int end(void **state)
{
	(void)state;
	servers_end(&servers);
	return 0;
}

static int end_stranger(void **state)
{
	(void)state;
	sandbox_end(&stranger);
	return 0;
}

static int shell(const char *line)
{
	return sandbox_command(-1, 30000, said, sizeof(said), (const char *[]){"sh", "-c", line, NULL});
}

/* Skips the test, with the reason, if the program is not there. */
static void need(const char *program)
{
	char line[100];

	snprintf(line, sizeof(line), "command -v %s", program);
	if (!shell(line))
		return;
	printf("# skip: %s is not there\n", program);
	skip();
}

static void write_file(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void write_file(const char *path, const char *format, ...)
{
	FILE *file = fopen(path, "we");
	va_list values;

	assert_non_null(file);
	va_start(values, format);
	vfprintf(file, format, values);
	va_end(values);
	assert_int_equal(fclose(file), 0);
}

/* The certificate is not that of the device: the alarm with reason 11, invalidX509NameInCertificate. */
static void expect_alarm(const char *device)
{
	char alarm[160], line[160];

	snprintf(alarm, sizeof(alarm), "EndPointTransientConnection: %%[DeviceName=%s]", device);
	servers_printed("cucm-pub.log", alarm, 5);
	snprintf(line, sizeof(line), "grep 'DeviceName=%s].*Reason=11]' /run/phonelab/log/cucm-pub.log",
		 device);
	assert_int_equal(shell(line), 0);
}

/* --- SIPp and stunnel --- */

/* A device as one sees it on the wire. */
struct caller {
	unsigned device;
	const char *certificate; /* PEM: key, certificate, issuer */
	const char *manager;	 /* the certificate that the call manager must have */
	const char *ciphers;	 /* NULL: those of stunnel */
};

/* stunnel accepts SIP on port 5062 and speaks TLS with the call manager. */
static void start_stunnel(const struct caller *caller)
{
	need("stunnel4");
	write_file("/tmp/stunnel.conf",
		   "foreground = yes\npid =\ndebug = info\noutput = /dev/stdout\n[sip]\nclient = yes\naccept "
		   "= 127.0.0.1:5062\n"
		   "connect = 10.20.0.11:5061\ncert = %s\nCAfile = %s\nverifyPeer = yes\n%s%s\n",
		   caller->certificate, caller->manager, caller->ciphers ? "ciphers = " : "",
		   caller->ciphers ? caller->ciphers : "");
	assert_true(sandbox_spawn(&stranger, -1, (const char *[]){"stunnel4", "/tmp/stunnel.conf", NULL}));
	assert_true(sandbox_wait_text(&stranger, 20000, "Configuration successful"));
}

/* SIPp registers the device and expects this answer: its exit status. */
static int run_sipp(const struct caller *caller, int answer)
{
	start_stunnel(caller);
	write_file("/tmp/register.xml",
		   "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario "
		   "name=\"register\">\n<send><![CDATA[\n"
		   "REGISTER sip:10.20.0.11 SIP/2.0\n"
		   "Via: SIP/2.0/TLS [local_ip]:[local_port];branch=[branch]\n"
		   "From: <sip:200%u@10.20.0.11>;tag=[pid]\nTo: <sip:200%u@10.20.0.11>\nCall-ID: "
		   "[call_id]\nCSeq: 1 REGISTER\n"
		   "Max-Forwards: 70\nContact: <sip:200%u@[local_ip]:[local_port];transport=tls>;"
		   "+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB0%u\"\nExpires: 120\nContent-Length: 0\n"
		   "\n]]></send>\n<recv response=\"100\" optional=\"true\"></recv>\n<recv "
		   "response=\"%d\"></recv>\n</scenario>\n",
		   caller->device, caller->device, caller->device, caller->device, answer);
	return shell("exec sipp -sf /tmp/register.xml -t t1 -i 127.0.0.1 -m 1 -timeout 20 -timeout_error "
		     "-max_reconnect 0 -nostdin 127.0.0.1:5062");
}

static void registers(const struct caller *caller, const char *cipher)
{
	char line[100];

	assert_int_equal(run_sipp(caller, 200), 0);
	assert_true(sandbox_wait_text(&stranger, 20000, cipher));
	snprintf(line, sizeof(line), "EndPointRegistered: %%[DeviceName=SEP001122AABB0%u]", caller->device);
	servers_printed("cucm-pub.log", line, 5);
}

static void test_sipp_with_a_mic(void **state)
{
	(void)state;
	registers(&(struct caller){3, MIC(3), MANAGER, NULL}, "ciphersuite: ECDHE-RSA-AES256-GCM-SHA384");
}

static void test_sipp_with_an_lsc(void **state)
{
	(void)state;
	registers(&(struct caller){4, LSC(4), MANAGER, "AES128-SHA"}, "ciphersuite: AES128-SHA ");
}

static void test_sipp_without_encryption(void **state)
{
	(void)state;
	registers(&(struct caller){2, MIC(2), MANAGER, "NULL-SHA:@SECLEVEL=0"}, "ciphersuite: NULL-SHA ");
}

static void test_sipp_as_another_device(void **state)
{
	(void)state;
	assert_int_equal(run_sipp(&(struct caller){3, LSC(4), MANAGER, NULL}, 403), 0);
	expect_alarm("SEP001122AABB03");
}

/* stunnel ends the handshake with a call manager that it was not told to trust. */
static void test_another_call_manager(void **state)
{
	(void)state;
	assert_int_not_equal(
	    run_sipp(&(struct caller){3, MIC(3), KEYS "cucm-sub/callmanager.crt", NULL}, 200), 0);
	assert_true(sandbox_wait_text(&stranger, 20000, "certificate verify failed"));
}

/* --- baresip --- */

/* baresip knows no device name: its instance is the MAC of a phone. */
static void start_baresip(unsigned device, const char *certificate)
{
	char modules[700];

	need("baresip");
	snprintf(modules, sizeof(modules), "%s/usr/lib/baresip/modules", getenv("THIRD_PARTY"));
	if (access(modules, X_OK))
		snprintf(modules, sizeof(modules), "/usr/lib/baresip/modules");
	shell("mkdir -p /tmp/baresip");
	write_file(
	    "/tmp/baresip/config",
	    "module_path %s\nmodule uuid.so\nmodule account.so\nsip_certificate %s\nsip_cafile " MANAGER "\n",
	    modules, certificate);
	write_file("/tmp/baresip/uuid", "00000000-0000-0000-0000-001122aabb0%u", device);
	write_file("/tmp/baresip/accounts",
		   "<sip:200%u@10.20.0.11:5061;transport=tls>;auth_pass=none;regint=60\n", device);
	assert_true(sandbox_spawn(&stranger, -1,
				  (const char *[]){"baresip", "-f", "/tmp/baresip", "-s", "-v", NULL}));
}

static void test_baresip(void **state)
{
	(void)state;
	start_baresip(3, MIC(3));
	assert_true(sandbox_wait_text(&stranger, 20000, "SIP/2.0 200 OK"));
}

static void test_baresip_as_another_device(void **state)
{
	(void)state;
	start_baresip(4, MIC(3));
	assert_true(sandbox_wait_text(&stranger, 20000, "SIP/2.0 403 Forbidden"));
	expect_alarm("SEP001122AABB04");
}

static int tests(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, end_stranger)
	const struct CMUnitTest list[] = {
	    TEST(test_sipp_with_a_mic),		  TEST(test_sipp_with_an_lsc),
	    TEST(test_sipp_without_encryption),	  TEST(test_sipp_as_another_device),
	    TEST(test_another_call_manager),	  TEST(test_baresip),
	    TEST(test_baresip_as_another_device),
	};

	return cmocka_run_group_tests(list, begin, end);
}

int main(void)
{
	struct command_result bin = command_sh(120, "ci/third-party");
	char path[4096], root[600];

	bin.out[strcspn(bin.out, "\n")] = 0;
	snprintf(path, sizeof(path), "%s:%s", bin.out, getenv("PATH"));
	snprintf(root, sizeof(root), "%s/../root", bin.out);
	setenv("PATH", path, 1);
	setenv("THIRD_PARTY", root, 1);
	command_free(&bin);
	return sandbox_run(tests, 120);
}
