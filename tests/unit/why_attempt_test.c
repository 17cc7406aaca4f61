/*
 * The facts of the last attempt, from event streams written by hand: each distinction once, and what came before the
 * attempt is used by none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/why/attempt.h"
#include "phonelab/why/fact.h"

#define PHONE "SEP001122AABB01"

static char folder[64];

static int begin(void **state)
{
	char path[100];

	(void)state;
	strcpy(folder, "/tmp/phonelab-attempt-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return mkdir(path, 0700);
}

static int end(void **state)
{
	static const char *const files[] = {"events.jsonl",	"log.times", "log/dhcp.log",
					    "log/cucm-pub.log", "log",	     ""};
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		remove(path);
	}
	return 0;
}

static void write_file(const char *name, const char *text)
{
	char path[160];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

/* All steps before `step` are done, and this one has failed; 0: all are done. */
static json_t *status_at(int step, const char *state)
{
	json_t *steps = json_array();

	for (int n = 1; n <= LADDER_STEPS; n++)
		json_array_append_new(steps, json_pack("{s:i,s:s,s:s,s:i,s:s}", "n", n, "name",
						       ladder_step_name(n), "state",
						       !step || n < step ? "done"
						       : n == step	 ? "failed"
									 : "pending",
						       "ms", n, "detail", n == step ? "it failed" : ""));
	return json_pack("{s:[{s:s}],s:[{s:s,s:s,s:o,s:s,s:[s]}],s:[{s:s,s:[{s:s,s:s}]}],"
			 "s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}]}",
			 "cluster", "name", "cucm-pub", "phones", "name", PHONE, "state", state, "steps",
			 steps, "ipv4", "10.110.0.5", "lines", "2001", "switches", "name", "sw1", "ports",
			 "name", "Gi1/0/1", "device", PHONE, "services", "name", "dhcp", "node", "dhcp",
			 "kind", "dhcp", "address", "10.110.0.2", "name", "tftp-http", "node", "tftp", "kind",
			 "http", "address", "10.20.0.3", "name", "cucm-pub", "node", "cucm-pub", "kind",
			 "call-manager", "address", "10.20.0.11");
}

/* The facts of a phone at a step. "@" in events stands for the node of the phone. The caller owns them. */
static json_t *facts_of(int step, const char *state, const char *events)
{
	json_t *status = status_at(step, state), *facts = json_array();
	struct why_case it = {.status = status, .name = PHONE};
	char text[16384] = "", path[160];
	size_t at = 0;

	for (const char *from = events; *from && at + 80 < sizeof(text); from++) {
		if (*from == '@')
			at += (size_t)snprintf(text + at, sizeof(text) - at, "\"node\":\"" PHONE "\"");
		else
			text[at++] = *from == '\'' ? '"' : *from;
		text[at] = 0;
	}
	write_file("events.jsonl", text);
	snprintf(path, sizeof(path), "%s/events.jsonl", folder);
	snprintf(it.directory, sizeof(it.directory), "%s/", folder);
	assert_int_equal(why_find_phone(&it), 0);
	why_read_events(&it, path);
	why_attempt_facts(&it, facts);
	why_free(&it);
	json_decref(status);
	return facts;
}

/* Is there a fact of that name whose values contain "KEY":"VALUE"? key NULL: any. */
static bool has(const json_t *facts, const char *name, const char *object, const char *key, const char *value)
{
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (!strcmp(json_text(fact, "fact"), name) &&
		    (!object || !strcmp(json_text(fact, "object"), object)) &&
		    (!key || !strcmp(fact_text(fact, key), value)))
			return true;
	return false;
}

#define PLUGGED "{'t':1000,@,'event':'phone.plugged','detail':'sw1 Gi1/0/1','evidence':{}}\n"
#define ENTER(T, STEP)                                                                                       \
	"{'t':" #T ",@,'event':'phone.state','detail':'','evidence':{'from':'x','by':'retry','to':'" STEP    \
	"'}}\n"

struct row {
	int step;
	const char *events; /* after the phone was plugged in */
	const char *fact, *object, *key, *value;
};

#define EVENT(T, STEP, NAME, DETAIL, EVIDENCE)                                                               \
	"{'t':" #T ",@,'step':" #STEP ",'event':'" NAME "','detail':'" DETAIL "','evidence':{" EVIDENCE "}}" \
	"\n"
#define FILE_AT(T, NAME, TRANSPORT, RESULT, MORE)                                                            \
	EVENT(T, 7, NAME, "c.xml by " TRANSPORT " from 10.20.0.3: why",                                      \
	      "'file':'c.xml.sgn','server':'10.20.0.3','transport':'" TRANSPORT                              \
	      "','bytes':'0','result':'" RESULT "','ms':'3'" MORE)
#define LOST(HOW)                                                                                            \
	EVENT(5000, 10, "cm.lost", "10.20.0.11: why",                                                        \
	      "'call_manager':'10.20.0.11','server':'10.20.0.11','port':'5060','ms':'1','user':'2001',"      \
	      "'how':'" HOW "'")
#define ANSWER(T, CODE, MORE)                                                                                \
	EVENT(T, 11, "sip.register", "",                                                                     \
	      "'call_manager':'10.20.0.11','server':'10.20.0.11','port':'5060','user':'2001',"               \
	      "'sip_status':'" CODE "','reason':'R','ms':'1'" MORE)

#define CAPF_EVENT(T, NAME, RESULT)                                                                          \
	EVENT(T, 7, NAME, "cucm-pub: " RESULT,                                                               \
	      "'server':'10.20.0.11','port':'3804','attempt':'3','result':'" RESULT "'")
#define HTTPS  "socket tftp tcp 6971"
#define PORT   "port sw1 Gi1/0/1"
#define DHCP   "config dhcp dnsmasq.conf"
#define HTTP   "socket tftp tcp 6970"
#define TFTP   "socket tftp udp 69"
#define CM     "socket cucm-pub tcp 5060"
#define C_FILE "file c.xml"

static const struct row rows[] = {
    {1, EVENT(2000, 1, "step.failed", "denied", "'reason':'budget'"), "power.denied", PORT, "reason",
     "budget"},
    {1, "", "power.none", PORT, NULL, NULL},
    {0, EVENT(2000, 2, "step.done", "b", "'active':'a (corrupt)','inactive':'b','fell_back':'a'"),
     "boot.fallback", "phone " PHONE, "corrupt", "a"},
    {2,
     EVENT(2000, 2, "step.failed", "no intact load", "'active':'a (corrupt)','inactive':'b (corrupt)'")
	 EVENT(3000, 2, "phone.state", "boot --retry--> boot", "'from':'boot','by':'retry','to':'boot'"),
     "boot.failed", "phone " PHONE, "active", "a (corrupt)"},
    {4, EVENT(2000, 3, "step.done", "VLAN 110", "'vlan':'110','by':'CDP'"), "vlan.learned", PORT, "vlan",
     "110"},
    {4, EVENT(2000, 3, "step.skipped", "untagged", "'vlan':'0','by':'nobody'"), "vlan.none", PORT, "by",
     "nobody"},
    {4,
     EVENT(2000, 3, "vlan.named", "", "'by':'CDP','vlan':'110'")
	 EVENT(2001, 4, "vlan.named", "", "'by':'LLDP-MED','vlan':'120'"),
     "vlan.differs_cdp_lldp", PORT, "lldp", "120"},
    {4,
     EVENT(2000, 4, "dhcp.discover", "try 1, VLAN 110", "")
	 EVENT(2001, 4, "dhcp.discover", "try 2, VLAN 110", ""),
     "dhcp.silent", "phone " PHONE, "n", "2"},
    {4, EVENT(2000, 4, "dhcp.discover", "try 1, VLAN 110", ""), "dhcp.silent", NULL, "vlan", "110"},
    {4,
     EVENT(2000, 4, "dhcp.discover", "try 1, VLAN 110", "")
	 EVENT(2001, 4, "dhcp.offer", "", "'address':'10.110.0.9','server':'10.110.0.2'"),
     "dhcp.request_silent", "phone " PHONE, "address", "10.110.0.9"},
    {4,
     EVENT(2000, 4, "dhcp.discover", "try 1, VLAN 110", "") EVENT(
	 2001, 4, "dhcp.offer", "", "'address':'10.110.0.9','server':'10.110.0.2','option66':'tftp.lab'"),
     "dhcp.offer", DHCP, "option66", "tftp.lab"},
    {4,
     EVENT(2000, 4, "dhcp.discover", "try 1, VLAN 110", "")
	 EVENT(2001, 4, "dhcp.bad", "", "'server':'10.110.0.2','type':'OFFER','reason':'no subnet mask'"),
     "dhcp.offer_unusable", DHCP, "reason", "no subnet mask"},
    {4,
     EVENT(2000, 4, "dhcp.discover", "try 1, VLAN 110", "")
	 EVENT(2001, 4, "dhcp.late", "OFFER",
	       "'server':'10.110.0.2','address':'1.2.3.4','type':'OFFER','ms':'8012'"),
     "dhcp.late", DHCP, "ms", "8012"},
    {4, EVENT(2001, 4, "dhcp.nak", "wrong network", "'server':'10.9.0.9'"), "dhcp.nak", "device 10.9.0.9",
     "reason", "wrong network"},
    {4, EVENT(2001, 4, "dhcp.decline", "10.110.0.9 is in use by 00:11:22:33:44:55", ""), "dhcp.decline",
     "device 00:11:22:33:44:55", "address", "10.110.0.9"},
    {4, EVENT(2001, 4, "dhcp.ack", "", "'address':'10.110.0.9','server':'10.110.0.2'"), "dhcp.no_tftp", DHCP,
     NULL, NULL},
    {5, EVENT(2001, 4, "dhcp.ack", "", "'address':'10.110.0.9','server':'10.110.0.2','siaddr':'10.110.0.2'"),
     "dhcp.siaddr", DHCP, "siaddr", "10.110.0.2"},
    {4,
     EVENT(2001, 4, "dhcp.offer", "", "'address':'10.110.0.9','server':'10.110.0.2'")
	 EVENT(2002, 4, "dhcp.other", "", "'address':'10.110.0.8','server':'10.110.0.66'"),
     "dhcp.two_servers", "device 10.110.0.66", "second", "10.110.0.66"},
    {4, EVENT(2001, 4, "dns.failed", "", "'name':'t.lab','how':'dns-unknown','server':'10.110.0.2'"),
     "dns.unknown", "socket dhcp udp 53", "query", "t.lab"},
    {4, EVENT(2001, 4, "dns.failed", "", "'name':'t.lab','how':'dns-silent','server':'10.110.0.2'"),
     "dns.timeout", NULL, "query", "t.lab"},
    {7, FILE_AT(5000, "file.failed", "HTTP", "refused", ",'how':'refused'"), "file.refused", HTTP, "file",
     "c.xml"},
    {7, FILE_AT(5000, "file.failed", "HTTP", "refused", ",'how':'reset'"), "file.reset", HTTP, NULL, NULL},
    {7, FILE_AT(5000, "file.failed", "HTTP", "protocol error", ",'how':'closed'"), "file.closed", HTTP, NULL,
     NULL},
    {7, FILE_AT(5000, "file.failed", "TFTP", "timeout", ",'how':'silent'"), "file.silent", TFTP, NULL, NULL},
    {7, FILE_AT(5000, "file.failed", "HTTP", "timeout", ",'how':'mute'"), "file.mute", HTTP, NULL, NULL},
    {7, FILE_AT(5000, "file.failed", "HTTP", "timeout", ",'how':'stalled'"), "file.stalled", HTTP, NULL,
     NULL},
    {7, FILE_AT(5000, "file.failed", "HTTP", "unreachable", ",'how':'unreachable'"), "file.unreachable", HTTP,
     NULL, NULL},
    {7, FILE_AT(5000, "file.failed", "HTTP", "truncated", ",'how':'cut','http_status':'200'"),
     "file.truncated", HTTP, NULL, NULL},
    {7, FILE_AT(5000, "file.failed", "HTTP", "refused", ",'http_status':'503'"), "file.http_status", C_FILE,
     "status", "503"},
    {7,
     FILE_AT(5000, "file.failed", "HTTP", "protocol error",
	     ",'http_status':'302','location':'http://login/'"),
     "file.http_status", C_FILE, "location", "http://login/"},
    {7, FILE_AT(5000, "file.missing", "HTTP", "not found", ",'http_status':'404'"), "file.missing", C_FILE,
     "transport", "HTTP"},
    {7, FILE_AT(5000, "file.failed", "TFTP", "refused", ",'tftp_error':'2'"), "file.tftp_error", C_FILE,
     "code", "2"},
    {7, FILE_AT(5000, "file.failed", "HTTP", "protocol error", ",'http_status':'200'"), "file.unusable",
     C_FILE, NULL, NULL},
    {7,
     FILE_AT(5000, "file.ok", "HTTP", "ok", "")
	 EVENT(5001, 7, "file.bad", "c.xml: no member",
	       "'file':'c.xml','line':'12','element':'members','found':'none','expected':'one'"),
     "file.unusable", C_FILE, "element", "members"},
    {7, FILE_AT(5000, "file.failed", "TFTP", "timeout", ",'how':'silent','answered_by':'10.20.0.99'"),
     "file.other_address", TFTP, "answered_by", "10.20.0.99"},
    {7, FILE_AT(5000, "file.failed", "TFTP", "timeout", ",'how':'silent','again':'6'"), "file.retransmitted",
     TFTP, "n", "6"},
    {0,
     FILE_AT(5000, "file.failed", "HTTP", "refused", ",'how':'refused'")
	 FILE_AT(5001, "file.ok", "TFTP", "ok", ""),
     "file.fallback_tftp", HTTP, "how", "refused"},
    {7, EVENT(5000, 7, "trust.bad", "", "'file':'c.xml.sgn','reason':'signer-unknown'"),
     "trust.signer_unknown", C_FILE, NULL, NULL},
    {7, EVENT(5000, 7, "trust.bad", "", "'file':'c.xml.sgn','reason':'damaged'"), "trust.damaged", C_FILE,
     NULL, NULL},
    {7, EVENT(5000, 7, "trust.bad", "", "'file':'c.xml.sgn','reason':'unsigned'"), "trust.unsigned", C_FILE,
     NULL, NULL},
    {8, EVENT(5000, 8, "step.failed", "Load ID incorrect", "'wanted':'sip78xx.x','active':'a'"),
     "firmware.rejected", "file sip78xx.x.loads", "active", "a"},
    {10, LOST("refused"), "cm.refused", CM, "node", "cucm-pub"},
    {10, LOST("silent"), "cm.silent", CM, NULL, NULL},
    {10, LOST("reset"), "cm.reset", CM, NULL, NULL},
    {10, LOST("closed"), "cm.closed", CM, NULL, NULL},
    {10, LOST("unreachable"), "cm.unreachable", CM, NULL, NULL},
    {10, LOST("dns-unknown"), "cm.name_unknown", NULL, NULL, NULL},
    {11,
     EVENT(5000, 11, "cm.lost", "10.20.0.11: no answer to REGISTER in 5 s",
	   "'call_manager':'10.20.0.11','server':'10.20.0.11','port':'5060','user':'2001','how':'no-answer'"),
     "register.silent", CM, NULL, NULL},
    {11, ANSWER(5000, "403", ""), "register.status", CM, "code", "403"},
    {11, ENTER(4000, "register") ANSWER(5000, "401", "") ANSWER(5001, "401", "") ANSWER(5002, "401", ""),
     "register.challenge_loop", CM, "challenges", "3"},
    {11, ANSWER(5000, "200", ",'expires':'9'") EVENT(5001, 11, "step.failed", "200 OK, but for 9 s only", ""),
     "register.short_expires", CM, "expires", "9"},
    {11,
     EVENT(
	 5000, 11, "sip.register", "",
	 "'call_manager':'10.20.0.11','server':'10.20.0.11','port':'5060','user':'2999','sip_status':'404'"),
     "register.number_differs", "file " PHONE ".cnf.xml", "found", "2999"},
    /* The phone enrols in step 7, and fails in step 10 again and again. */
    {10,
     CAPF_EVENT(3000, "capf.failed", "no answer to TCP") ENTER(4000, "cm-connect") ENTER(6000, "cm-connect"),
     "capf.failed", "socket cucm-pub tcp 3804", "result", "no answer to TCP"},
    {10, CAPF_EVENT(3000, "capf.done", "nothing to do") ENTER(4000, "cm-connect"), "capf.nothing",
     "socket cucm-pub tcp 3804", "result", "nothing to do"},
    {8, FILE_AT(5000, "file.ok", "HTTPS", "ok", ""), "file.ok", C_FILE, "transport", "HTTPS"},
    {7, FILE_AT(5000, "file.failed", "HTTPS", "refused", ",'how':'refused'"), "file.refused", HTTPS,
     "transport", "HTTPS"},
    {10, EVENT(3000, 7, "ntp.failed", "x: no answer", "'server':'10.110.0.9','result':'no answer'"),
     "clock.ntp_failed", "socket 10.110.0.9 udp 123", "result", "no answer"},
    {10,
     EVENT(3000, 7, "clock.set", "x: stratum 1, step 0 s", "'server':'10.110.0.9','stratum':'1','step':'0'"),
     "clock.set", "socket 10.110.0.9 udp 123", "server", "10.110.0.9"},
    /* NTP moved the clock: after what the phone refused by it, and before. */
    {5,
     EVENT(3000, 5, "trust.bad", "", "'file':'c.xml','reason':'expired'")
	 EVENT(4000, 7, "clock.set", "x", "'server':'10.110.0.9','stratum':'1','step':'-86400'"),
     "clock.corrected", "socket 10.110.0.9 udp 123", "step", "-86400"},
    {10,
     EVENT(3000, 7, "clock.set", "x", "'server':'10.110.0.9','stratum':'1','step':'-86400'")
	 EVENT(4000, 10, "peer.refused", "", "'use':'call manager','subject':'a','reason':'not-yet-valid'"),
     "clock.set", "socket 10.110.0.9 udp 123", "step", "-86400"},
    {0, EVENT(6000, 11, "phone.registered", "2001", "'directory_number':'2001','address':'10.20.0.11'"),
     "register.ok", "phone " PHONE, "node", "cucm-pub"},
};

static void test_each_distinction_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char events[4096];
		json_t *facts;

		snprintf(events, sizeof(events), PLUGGED "%s", row->events);
		facts = facts_of(row->step, row->step ? "provisioning" : "registered", events);
		if (!has(facts, row->fact, row->object, row->key, row->value)) {
			char *text = json_dumps(facts, JSON_INDENT(1));

			print_message("%s\n", text);
			free(text);
			fail_msg("row %zu: no fact %s", i, row->fact);
		}
		json_decref(facts);
	}
}

/* Every fact has what the contract asks for. */
static void test_facts_are_complete(void **state)
{
	json_t *facts = facts_of(7, "provisioning",
				 PLUGGED FILE_AT(5000, "file.failed", "HTTP", "refused", ",'how':'refused'"));
	const json_t *fact = fact_find(facts, "file.refused", HTTP);

	(void)state;
	assert_non_null(fact);
	assert_int_equal(json_int(fact, "step"), 7);
	assert_int_equal(json_int(fact, "t"), 5000);
	assert_string_equal(json_text(fact, "from"), "events.jsonl:2");
	assert_non_null(strstr(json_text(fact, "text"), "c.xml.sgn by HTTP from tftp"));
	json_decref(facts);
}

/* A failure is no fact after a success: of CAPF, and of NTP. */
static void test_what_was_got_over(void **state)
{
	json_t *facts = facts_of(
	    10, "registering",
	    PLUGGED CAPF_EVENT(3000, "capf.retry", "no answer to TCP")
		CAPF_EVENT(3100, "capf.done", "LSC changed")
		    EVENT(3200, 7, "ntp.failed", "x: no answer", "'server':'10.110.0.9','result':'no answer'")
			EVENT(3300, 7, "clock.set", "y", "'server':'10.110.0.8','stratum':'1','step':'0'"));

	(void)state;
	assert_false(has(facts, "capf.failed", NULL, NULL, NULL));
	assert_false(has(facts, "capf.nothing", NULL, NULL, NULL));
	assert_false(has(facts, "clock.ntp_failed", NULL, NULL, NULL));
	assert_true(has(facts, "clock.set", NULL, "server", "10.110.0.8"));
	json_decref(facts);
}

/* The transport is in the text that a person reads. */
static void test_https_is_named(void **state)
{
	json_t *facts = facts_of(
	    7, "provisioning", PLUGGED FILE_AT(5000, "file.failed", "HTTPS", "refused", ",'how':'refused'"));

	(void)state;
	assert_non_null(strstr(json_text(fact_find(facts, "file.refused", HTTPS), "text"),
			       "c.xml.sgn by HTTPS from tftp"));
	json_decref(facts);
}

static void test_the_boot_before_is_history(void **state)
{
	json_t *facts = facts_of(
	    10, "registering",
	    PLUGGED LOST("refused") EVENT(5500, 11, "phone.registered", "2001", "'address':'10.20.0.11'")
		EVENT(5600, 7, "trust.bad", "",
		      "'file':'c.xml','reason':'damaged'") "{'t':6000,@,'event':'phone.state','detail':'','"
							   "evidence':{'from':'down',"
							   "'by':'done','to':'boot'}}\n" EVENT(
							       6001, 2, "step.done", "a", "")
							       EVENT(7000, 10, "step.failed", "silence", ""));

	(void)state;
	assert_false(has(facts, "cm.refused", NULL, NULL, NULL));
	assert_false(has(facts, "trust.damaged", NULL, NULL, NULL));
	assert_false(has(facts, "register.ok", NULL, NULL, NULL));
	assert_true(has(facts, "before.registered", NULL, NULL, NULL));
	json_decref(facts);
}

/* The phone was registered in this boot, and has lost it: the registration is no evidence. */
static void test_the_registration_before_the_fault_is_history(void **state)
{
	json_t *facts = facts_of(10, "registering",
				 PLUGGED EVENT(2000, 10, "step.active", "", "")
				     EVENT(3000, 11, "phone.registered", "2001", "'address':'10.20.0.11'")
					 EVENT(3500, 10, "step.pending", "", "")
					     EVENT(4000, 10, "step.active", "", "") LOST("silent"));

	(void)state;
	assert_true(has(facts, "before.registered", NULL, NULL, NULL));
	assert_false(has(facts, "register.ok", NULL, NULL, NULL));
	assert_true(has(facts, "cm.silent", NULL, NULL, NULL));
	json_decref(facts);
}

/* Only the last two tries of the failing step count. */
static void test_earlier_tries_are_history(void **state)
{
	json_t *facts =
	    facts_of(4, "network",
		     PLUGGED ENTER(2000, "dhcp") EVENT(2001, 4, "dhcp.nak", "no", "'server':'10.110.0.2'")
			 ENTER(3000, "dhcp") EVENT(3001, 4, "dhcp.discover", "try 1, VLAN 110", "")
			     ENTER(4000, "dhcp") EVENT(4001, 4, "dhcp.discover", "try 1, VLAN 110", ""));

	(void)state;
	assert_false(has(facts, "dhcp.nak", NULL, NULL, NULL));
	assert_true(has(facts, "dhcp.silent", NULL, "n", "2"));
	json_decref(facts);
}

#define DISCOVER PLUGGED ENTER(500000, "dhcp") EVENT(500001, 4, "dhcp.discover", "try 1, VLAN 110", "")

static void test_log_lines_of_the_attempt(void **state)
{
	static const char old[] = "dnsmasq-dhcp[8]: DHCPNAK 00:11:22:aa:bb:01 old\n";
	char times[100];
	json_t *facts;

	(void)state;
	write_file("log/dhcp.log", "dnsmasq-dhcp[8]: DHCPNAK 00:11:22:aa:bb:01 old\n"
				   "dnsmasq-dhcp[8]: no address range available for DHCP request via eth0\n"
				   "dnsmasq-dhcp[8]: DHCPACK SEP001122AABB02\n");
	snprintf(times, sizeof(times), "400000 dhcp.log %zu\n500100 dhcp.log 160\n", sizeof(old) - 1);
	write_file("log.times", times);
	facts = facts_of(4, "network", DISCOVER);
	assert_true(has(facts, "log.no_range", "process dhcp", NULL, NULL));
	assert_string_equal(json_text(fact_find(facts, "log.no_range", NULL), "from"), "log/dhcp.log:2");
	assert_int_equal(json_int(fact_find(facts, "log.no_range", NULL), "t"), 500100);
	assert_false(
	    has(facts, "log.phone", NULL, NULL, NULL)); /* one line is older, one is of another phone */
	json_decref(facts);
}

static void test_log_lines_without_a_time(void **state)
{
	json_t *facts;

	(void)state;
	write_file("log/dhcp.log", "dnsmasq-dhcp[8]: no address range available for DHCP request via eth0\n");
	facts = facts_of(4, "network", DISCOVER);
	assert_false(has(facts, "log.no_range", NULL, NULL, NULL));
	json_decref(facts);
}

/* The log was replaced: the marks of the old one do not count for the new one. */
static void test_a_log_that_became_shorter(void **state)
{
	json_t *facts;

	(void)state;
	write_file("log/dhcp.log", "dnsmasq-dhcp[8]: no address range available\n");
	write_file("log.times", "100000 dhcp.log 5000\n500200 dhcp.log 44\n");
	facts = facts_of(4, "network", DISCOVER);
	assert_true(has(facts, "log.no_range", NULL, NULL, NULL));
	json_decref(facts);
}

/* An alarm of a failed TLS handshake may have an address and no name: it is about the phone that has the address. */
static void test_alarms(void **state)
{
	static const struct {
		const char *parameters;
		bool own;
	} cases[] = {
	    {"[DeviceName=" PHONE "][IPAddress=10.110.0.99]", true},
	    {"[IPAddress=10.110.0.5]", true},
	    {"[IPAddress=10.110.0.50]", false},
	    {"[DeviceName=SEP001122AABB02][IPAddress=10.110.0.5]", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[200], times[60];
		json_t *facts;

		snprintf(line, sizeof(line),
			 "%%UC_CALLMANAGER-3-EndPointTransientConnection: %%%s[Reason=10]\n",
			 cases[i].parameters);
		snprintf(times, sizeof(times), "500100 cucm-pub.log %zu\n", strlen(line));
		write_file("log/cucm-pub.log", line);
		write_file("log.times", times);
		facts = facts_of(4, "network", DISCOVER);
		assert_int_equal(
		    has(facts, "log.alarm", "process cucm-pub", "reason_name", "authenticationError"),
		    cases[i].own);
		json_decref(facts);
	}
}

static void test_what_the_phone_went_on_without(void **state)
{
	json_t *status = status_at(0, "registered"), *facts = json_array();
	json_t *phone = json_array_get(json_object_get(status, "phones"), 0);
	struct why_case it = {.status = status, .name = PHONE};

	(void)state;
	json_object_set_new(
	    phone, "continued_without",
	    json_pack("[{s:i,s:s,s:s}]", "step", 7, "code", "stored-config", "what", "no file"));
	assert_int_equal(why_find_phone(&it), 0);
	why_attempt_facts(&it, facts);
	assert_true(has(facts, "continued.stored_config", "phone " PHONE, "step", "7"));
	assert_int_equal(json_int(fact_find(facts, "continued.stored_config", NULL), "step"), 0);
	json_decref(facts);
	json_decref(status);
}

static void test_odd_lines(void **state)
{
	json_t *facts = facts_of(4, "network", "\n[]\n{\n{'t':'x',@}\n" PLUGGED "{'t':2,@,'event':7}\n");

	(void)state;
	assert_true(json_is_array(facts));
	json_decref(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_each_distinction_once, begin, end),
	    cmocka_unit_test_setup_teardown(test_facts_are_complete, begin, end),
	    cmocka_unit_test_setup_teardown(test_what_was_got_over, begin, end),
	    cmocka_unit_test_setup_teardown(test_https_is_named, begin, end),
	    cmocka_unit_test_setup_teardown(test_the_boot_before_is_history, begin, end),
	    cmocka_unit_test_setup_teardown(test_the_registration_before_the_fault_is_history, begin, end),
	    cmocka_unit_test_setup_teardown(test_earlier_tries_are_history, begin, end),
	    cmocka_unit_test_setup_teardown(test_log_lines_of_the_attempt, begin, end),
	    cmocka_unit_test_setup_teardown(test_log_lines_without_a_time, begin, end),
	    cmocka_unit_test_setup_teardown(test_a_log_that_became_shorter, begin, end),
	    cmocka_unit_test_setup_teardown(test_alarms, begin, end),
	    cmocka_unit_test_setup_teardown(test_what_the_phone_went_on_without, begin, end),
	    cmocka_unit_test_setup_teardown(test_odd_lines, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
