#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <jansson.h>

#include "base/control.h"
#include "base/ladder.h"
#include "cable/netns.h"
#include "tests/support/sandbox.h"

/*
 * phone-sim as a process, plugged into a real switch-sim, served by dnsmasq (DHCP and TFTP), lighttpd (6970)
 * and sipp as the registrar, all in the sandbox. The tests compare the status of the phones
 * with the records of these servers.
 */
#define PHONES	 3
#define RACK	 "/tmp/rack.sock"
#define WAIT_MS	 20000
#define FIRST	 "SEP001122AABB00"
#define MAC	 "00:11:22:aa:bb:0"
#define LOAD	 "sip78xx.14-2-1-0001-125"
#define OLD_LOAD "sip78xx.12-8-1-0001-455"

static struct sandbox_child power_switch, servers, rack;

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* The whole text of a file; "" when it is not there. Free it. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(text);
	if (file) {
		text[fread(text, 1, (1 << 20) - 1, file)] = 0;
		fclose(file);
	}
	return text;
}

static bool file_holds(const char *path, const char *needle)
{
	char *text = read_file(path);
	bool holds = strstr(text, needle) != NULL;

	free(text);
	return holds;
}

struct text_wait {
	const char *path, *needle;
};

static bool text_came(void *arg)
{
	const struct text_wait *wait = arg;

	return file_holds(wait->path, wait->needle);
}

static void wait_text(const char *path, const char *needle)
{
	struct text_wait wait = {path, needle};

	if (!sandbox_until(WAIT_MS, text_came, &wait)) {
		char *text = read_file(path);
		fail_msg("%s does not hold \"%s\" but: %.3000s", path, needle, text);
	}
}

static void write_device(int number)
{
	char path[100], text[2048];

	snprintf(path, sizeof(path), "/tmp/root/SEP001122AABB0%d.cnf.xml", number);
	snprintf(
	    text, sizeof(text),
	    "<device><fullConfig>true</fullConfig><deviceProtocol>SIP</"
	    "deviceProtocol><devicePool><callManagerGroup>"
	    "<members><member priority=\"0\"><callManager><ports><sipPort>5060</sipPort></ports>"
	    "<processNodeName>10.110.0.2</processNodeName></callManager></member></members></"
	    "callManagerGroup>"
	    "</devicePool><sipProfile><sipLines><line button=\"1\" lineIndex=\"1\"><featureID>9</featureID>"
	    "<featureLabel>200%d</featureLabel><proxy>USECALLMANAGER</proxy><port>5060</port><name>200%d</"
	    "name>"
	    "<displayName>200%d</displayName><authName></authName><authPassword></authPassword>"
	    "<contact>200%d</contact></line></sipLines></sipProfile><loadInformation>" LOAD
	    "</loadInformation>"
	    "<transportLayerProtocol>1</transportLayerProtocol></device>",
	    number, number, number, number);
	write_file(path, text);
}

static json_t *phone_object(int number)
{
	char mac[20];

	snprintf(mac, sizeof(mac), MAC "%d", number);
	return json_pack("{s:s,s:s,s:s,s:n,s:s,s:s}", "mac", mac, "model", "7841", "panel", "/tmp/sw1.panel",
			 "port", "active_load", LOAD, "inactive_load", OLD_LOAD);
}

/* A dialog of a phone is its registration, and the end of that: sipp gives up on what it does not expect. */
#define ANSWERED_REGISTER                                                                                    \
	"<recv request=\"REGISTER\"/>\n"                                                                     \
	"<send><![CDATA[\n\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n"       \
	"[last_Call-ID:]\n[last_CSeq:]\n[last_Contact:]\nExpires: 120\nContent-Length: 0\n\n]]></send>\n"

static void write_configs(void)
{
	assert_int_equal(mkdir("/tmp/root", 0755), 0);
	for (int i = 0; i < PHONES + 2; i++)
		write_device(i);
	write_file("/tmp/sw1.json",
		   "{\"name\":\"sw1\",\"mac\":\"00:11:22:33:00:00\",\"members\":1,\"ports_per_member\":12,"
		   "\"uplinks_per_member\":0,\"poe\":{\"budget_mw\":124000},\"vlans\":[{\"id\":10,\"name\":"
		   "\"DATA\"},"
		   "{\"id\":110,\"name\":\"VOICE\"}],\"dhcp_snooping\":true,\"ports\":[{\"port\":\"Gi1/0/"
		   "12\",\"mode\":"
		   "\"access\",\"access_vlan\":110,\"trusted\":true}],\"port_default\":{\"mode\":\"access\","
		   "\"access_vlan\":10,\"voice_vlan\":110},\"panel\":\"/tmp/sw1.panel\",\"control\":\"/tmp/"
		   "sw1.sock\","
		   "\"events\":\"/tmp/events.jsonl\",\"seed\":1}");
	write_file(
	    "/tmp/dnsmasq.conf",
	    "user=root\ngroup=\npid-file=\nport=0\ninterface=eth0\nbind-dynamic\ndhcp-authoritative\nno-"
	    "ping\n"
	    "dhcp-range=10.110.0.50,10.110.0.99,255.255.255.0,1h\ndhcp-option=150,10.110.0.2\n"
	    "dhcp-leasefile=/tmp/leases\nenable-tftp\ntftp-root=/tmp/root\nlog-facility=/tmp/dnsmasq.log\n");
	write_file("/tmp/lighttpd.conf",
		   "server.document-root=\"/tmp/root\"\nserver.port=6970\n"
		   "server.modules=(\"mod_accesslog\")\naccesslog.filename=\"/tmp/access.log\"\n");
	write_file(
	    "/tmp/registrar.xml",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<scenario name=\"registrar\">" ANSWERED_REGISTER
		ANSWERED_REGISTER "</scenario>");
	write_file(
	    "/tmp/serve.sh",
	    "dnsmasq -k -C /tmp/dnsmasq.conf & lighttpd -D -f /tmp/lighttpd.conf &\n"
	    "sipp -sf /tmp/registrar.xml -t tn -i 10.110.0.2 -p 5060 -bg -max_socket 500 -trace_msg "
	    "-message_file /tmp/sip.log -trace_err -error_file /tmp/sip_err.log >/tmp/sipp.out 2>&1 &\n"
	    "wait\n");
	json_t *phones = json_array();
	for (int i = 0; i < PHONES; i++)
		json_array_append_new(phones, phone_object(i));
	json_t *config =
	    json_pack("{s:s,s:i,s:s,s:s,s:s,s:o}", "name", "rack", "seed", 3, "flash", "/tmp/flash",
		      "control", RACK, "events", "/tmp/events.jsonl", "phones", phones);
	assert_int_equal(json_dump_file(config, "/tmp/rack.json", 0), 0);
	json_decref(config);
}

static bool spawn_program(struct sandbox_child *child, int ns, const char *program,
			  const char *const arguments[])
{
	char path[400];
	const char *argv[16] = {path};

	snprintf(path, sizeof(path), "%s", sandbox_program(program));
	for (int i = 0; i < 14 && arguments[i]; i++)
		argv[i + 1] = arguments[i];
	return sandbox_spawn(child, ns, argv);
}

static void start_switch(void)
{
	static const char *const arguments[] = {"--config", "/tmp/sw1.json", NULL};
	struct fail fail = {0};
	int ns;

	/* In a namespace of its own: what a killed switch leaves of its cables goes with it. */
	assert_int_equal(netns_new(&ns, &fail), 0);
	assert_true(spawn_program(&power_switch, ns, "switch-sim", arguments));
	close(ns);
	assert_true(sandbox_wait_text(&power_switch, 10000, "ready"));
}

static void start_rack(void)
{
	static const char *const arguments[] = {"--config", "/tmp/rack.json", NULL};

	assert_true(spawn_program(&rack, -1, "phone-sim", arguments));
}

static int setup(void **state)
{
	static const char *const arguments[] = {
	    "--netns",	"--panel",   "/tmp/sw1.panel", "--node", "srv", "--port",
	    "Gi1/0/12", "--address", "10.110.0.2/24",  "--",	 "sh",	"/tmp/serve.sh",
	    NULL};

	(void)state;
	write_configs();
	start_switch();
	assert_true(spawn_program(&servers, -1, "cable", arguments));
	wait_text("/tmp/dnsmasq.log", "started");
	start_rack();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sandbox_end(&rack);
	sandbox_end(&servers);
	sandbox_end(&power_switch);
	return 0;
}

/* A verb of the rack; the reply, or NULL. */
static json_t *ask(const char *verb, const char *node)
{
	struct fail fail = {0};
	json_t *request = json_pack("{s:s}", "do", verb);

	if (node)
		json_object_set_new(request, "node", json_string(node));
	json_t *reply = control_call(RACK, request, 5000, NULL, &fail);
	json_decref(request);
	return reply;
}

static void tell(const char *verb, const char *node)
{
	json_t *reply = ask(verb, node);

	assert_non_null(reply);
	json_decref(reply);
}

struct state_wait {
	const char *node; /* NULL: all */
	const char *state;
	size_t count;
};

static bool in_state(void *arg)
{
	const struct state_wait *wait = arg;
	json_t *reply = ask("status", wait->node), *phone;
	json_t *phones = json_object_get(reply, "phones");
	size_t i, count = 0;

	json_array_foreach (phones, i, phone) {
		const char *state = json_string_value(json_object_get(phone, "state"));
		count += state && strcmp(state, wait->state) == 0;
	}
	json_decref(reply);
	return count == wait->count;
}

static void wait_state(const char *node, const char *state, size_t count)
{
	struct state_wait wait = {node, state, count};

	if (!sandbox_until(WAIT_MS, in_state, &wait)) {
		json_t *reply = ask("status", node);
		json_dumpf(reply, stdout, JSON_INDENT(1));
		fail_msg("not %zu phones %s", count, state);
	}
}

static void test_registered(void **state)
{
	char needle[100];

	(void)state;
	wait_state(NULL, "registered", PHONES);
	json_t *reply = ask("status", FIRST);
	json_t *phone = json_array_get(json_object_get(reply, "phones"), 0), *step;
	size_t i;
	json_array_foreach (json_object_get(phone, "steps"), i, step) {
		const char *found = json_string_value(json_object_get(step, "state"));
		assert_int_equal(json_integer_value(json_object_get(step, "n")), i + 1);
		assert_string_equal(json_string_value(json_object_get(step, "name")),
				    ladder_step_name((int)i + 1));
		assert_true(strcmp(found, "done") == 0 || strcmp(found, "skipped") == 0);
	}
	assert_int_equal(i, LADDER_STEPS);
	assert_int_equal(json_integer_value(json_object_get(phone, "step")), LADDER_STEPS);
	assert_int_equal(json_integer_value(json_object_get(phone, "voice_vlan")), 110);
	assert_string_equal(json_string_value(json_object_get(phone, "directory_number")), "2000");
	assert_string_equal(json_string_value(json_object_get(phone, "active_load")), LOAD);
	assert_string_equal(json_string_value(json_object_get(phone, "inactive_load")), OLD_LOAD);
	/* The lease file of dnsmasq knows the phone, by MAC, by the address that it shows, by name. */
	snprintf(needle, sizeof(needle), MAC "0 %s " FIRST,
		 json_string_value(json_object_get(phone, "ipv4")));
	assert_true(file_holds("/tmp/leases", needle));
	/* sipp was asked to register it, from that address. */
	assert_true(file_holds("/tmp/sip.log", "REGISTER sip:10.110.0.2"));
	snprintf(needle, sizeof(needle),
		 "SIP/2.0/TCP %s:", json_string_value(json_object_get(phone, "ipv4")));
	assert_true(file_holds("/tmp/sip.log", needle));
	json_decref(reply);
	/* TFTP served what HTTP did not have; HTTP served the configuration (its log comes when lighttpd
	 * likes). */
	assert_true(file_holds("/tmp/dnsmasq.log", "CTL" FIRST ".tlv not found"));
}

static void test_console_and_messages(void **state)
{
	json_t *reply = ask("console", FIRST);
	char *text = json_dumps(reply, JSON_COMPACT);

	(void)state;
	assert_non_null(strstr(text, "CDP-cdpRcvPkt(): deviceId is sw1"));
	assert_non_null(strstr(text, "GHTTP-http get [HTTP/1.1 404 Not Found"));
	free(text);
	json_decref(reply);
	reply = ask("messages", FIRST);
	text = json_dumps(reply, JSON_COMPACT);
	assert_non_null(strstr(text, "No Trust List Installed"));
	free(text);
	json_decref(reply);
	assert_null(ask("console", "SEP000000000000"));
	assert_null(ask("console", NULL));
}

/* The namespace that the rack hands out is the phone's: its address is there. */
static void test_namespace(void **state)
{
	static const char *const argv[] = {"ip", "-o", "addr", NULL};
	struct fail fail = {0};
	char text[4096];
	int ns = -1;

	(void)state;
	json_t *request = json_pack("{s:s,s:s}", "do", "netns", "node", FIRST);
	json_t *reply = control_call(RACK, request, 5000, &ns, &fail);
	json_decref(request);
	assert_non_null(reply);
	assert_true(netns_is(ns));
	assert_int_equal(sandbox_command(ns, 5000, text, sizeof(text), argv), 0);
	assert_non_null(strstr(text, "10.110.0."));
	assert_non_null(strstr(text, "eth0.110"));
	close(ns);
	json_decref(reply);
}

static void test_unplug_and_plug(void **state)
{
	(void)state;
	tell("unplug", FIRST);
	wait_state(FIRST, "dark", 1);
	wait_text("/tmp/events.jsonl", "\"event\":\"link.down\"");
	tell("plug", FIRST);
	wait_state(NULL, "registered", PHONES);
}

static void test_reset_and_restart(void **state)
{
	(void)state;
	tell("reset", FIRST);
	wait_text("/tmp/events.jsonl", "\"event\":\"phone.unregistered\"");
	wait_state(NULL, "registered", PHONES);
	tell("restart", FIRST);
	wait_state(NULL, "registered", PHONES);
}

static void test_add_and_remove(void **state)
{
	struct fail fail = {0};
	json_t *request = json_pack("{s:s,s:o}", "do", "add", "phone", phone_object(PHONES));

	(void)state;
	json_t *reply = control_call(RACK, request, 5000, NULL, &fail);
	assert_non_null(reply);
	assert_string_equal(json_string_value(json_object_get(reply, "node")), "SEP001122AABB03");
	json_decref(reply);
	assert_null(control_call(RACK, request, 5000, NULL, &fail)); /* it is there already */
	assert_non_null(strstr(fail.text, "is already in the rack"));
	json_object_set_new(json_object_get(request, "phone"), "model", json_string("1234"));
	assert_null(control_call(RACK, request, 5000, NULL, &fail));
	assert_non_null(strstr(fail.text, "phone.model: found \"1234\""));
	json_decref(request);
	wait_state(NULL, "registered", PHONES + 1);
	tell("remove", "SEP001122AABB03");
	wait_state(NULL, "registered", PHONES);
	assert_null(ask("status", "SEP001122AABB03"));
}

/* One phone in the calling namespace, as in a container. */
static void test_single_phone(void **state)
{
	static const char *const arguments[] = {
	    "--panel",	 "/tmp/sw1.panel", "--mac",	    MAC "4", "--flash", "/tmp/one",
	    "--control", "/tmp/one.sock",  "--active-load", LOAD,    NULL};
	static const char *const taken[] = {"--panel",	 "/tmp/sw1.panel", "--port",  "Gi1/0/12",
					    "--mac",	 MAC "5",	   "--flash", "/tmp/one",
					    "--control", "/tmp/two.sock",  NULL};
	struct sandbox_child one, two;
	struct fail fail = {0};
	char text[4096], program[400];
	int ns, tries;

	(void)state;
	snprintf(program, sizeof(program), "%s", sandbox_program("phone-sim"));
	const char *const status[] = {program, "status", "--registered", "--control", "/tmp/one.sock", NULL};
	assert_int_equal(netns_new(&ns, &fail), 0);
	assert_true(spawn_program(&one, ns, "phone-sim", arguments));
	wait_text("/tmp/leases", MAC "4");
	for (tries = 0; tries < 600; tries++) {
		if (sandbox_command(-1, 5000, text, sizeof(text), status) == 0)
			break;
		poll(NULL, 0, 50);
	}
	assert_non_null(strstr(text, "1 of 1 registered"));
	assert_non_null(strstr(text, "voice-vlan"));
	sandbox_signal(&one, SIGTERM);
	assert_int_equal(sandbox_wait(&one, 5000, text, sizeof(text)), 0);
	sandbox_end(&one);
	/* A port that is taken: one clear line, and the status says so. */
	assert_true(spawn_program(&two, ns, "phone-sim", taken));
	assert_int_equal(sandbox_wait(&two, 5000, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "the patch panel refused the cable: port-taken"));
	sandbox_end(&two);
	close(ns);
}

/* Every cable comes back by itself. */
static void test_switch_restarts(void **state)
{
	(void)state;
	sandbox_signal(&power_switch, SIGKILL);
	assert_int_equal(sandbox_wait(&power_switch, 5000, NULL, 0), 128 + SIGKILL);
	sandbox_end(&power_switch);
	wait_state(NULL, "dark", PHONES);
	start_switch();
	wait_state(NULL, "registered", PHONES);
}

/* In order: unregistered, the neighbours told, unplugged, within three seconds. */
static void test_stop(void **state)
{
	char text[4096];

	(void)state;
	sandbox_signal(&rack, SIGTERM);
	assert_int_equal(sandbox_wait(&rack, 3500, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_true(file_holds("/tmp/events.jsonl", "\"event\":\"phone.stopped\""));
	wait_text("/tmp/sip.log", "Expires: 0\r\n");
	assert_int_equal(access(RACK, F_OK), -1);
	sandbox_end(&rack);
}

static int tests(void)
{
	const struct CMUnitTest list[] = {
	    cmocka_unit_test(test_registered),
	    cmocka_unit_test(test_console_and_messages),
	    cmocka_unit_test(test_namespace),
	    cmocka_unit_test(test_unplug_and_plug),
	    cmocka_unit_test(test_reset_and_restart),
	    cmocka_unit_test(test_add_and_remove),
	    cmocka_unit_test(test_single_phone),
	    cmocka_unit_test(test_switch_restarts),
	    cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(list, setup, teardown);
}

int main(void)
{
	return sandbox_run(tests, 120);
}
