/*
 * The secure office: eight phones of three modes. Kamailio's list of TLS connections and its location table, tshark with the
 * key log, and openssl are the witnesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"
#include "tests/support/lab.h"
#include "tests/support/witness.h"

#define PHONES	  8
#define ENROLLED  "SEP001122AABB08" /* gets its LSC at its first boot */
#define INSTALLED "SEP001122AABB06"
#define FLASH	  "/run/phonelab/phones/flash"
#define KEY_LOG	  "/run/phonelab/keys/tls.log"

enum mode {
	PLAIN,
	AUTHENTICATED,
	ENCRYPTED,
};

/* As in topologies/secure.yaml. */
static const enum mode modes[PHONES] = {PLAIN,	   PLAIN,     AUTHENTICATED, AUTHENTICATED,
					ENCRYPTED, ENCRYPTED, ENCRYPTED,     ENCRYPTED};

static struct lab lab;
static json_t *status;
static char key_log[320];

/* The topology as it is shipped, with a key log. */
static int begin(void **state)
{
	struct command_result yaml = command_sh(10, "echo 'key_log: true'; cat topologies/secure.yaml");
	char path[512];
	int failed;

	(void)state;
	assert_int_equal(yaml.status, 0);
	lab_begin(&lab, "secure");
	failed = lab_up(&lab, lab_write(&lab, "secure.yaml", yaml.out, path), true, 120, NULL, 0);
	command_free(&yaml);
	status = failed ? NULL : lab_status(&lab);
	return !status;
}

static int end(void **state)
{
	(void)state;
	json_decref(status);
	lab_end(&lab);
	return 0;
}

static json_t *phone_at(size_t i)
{
	return json_array_get(json_object_get(status, "phones"), i);
}

/* Run a line in the namespaces of the lab; fails the test with what it printed. */
static char *run(const char *node, const char *line)
{
	struct command_result result = lab_exec(&lab, node, "%s", line);
	char *text = strdup(result.out);

	if (result.status)
		fail_msg("%s: %s: %s%s", node, line, result.out, result.err);
	command_free(&result);
	return text;
}

static void check(const char *node, const char *line)
{
	free(run(node, line));
}

static void all_steps(void **state)
{
	(void)state;
	assert_int_equal(json_array_size(json_object_get(status, "phones")), PHONES);
	for (size_t i = 0; i < PHONES; i++) {
		assert_string_equal(member(phone_at(i), "state"), "registered");
		for (int step = 1; step <= LADDER_STEPS; step++)
			assert_string_equal(phone_step_state(phone_at(i), step), "done");
	}
}

/* The transport of each phone, and its cipher, as Kamailio has them. */
static void call_manager(void **state)
{
	char *connections = witness_kamcmd(&lab, "cucm-pub", "tls.list");
	char *table = witness_kamcmd(&lab, "cucm-pub", "ul.dump");

	(void)state;
	for (size_t i = 0; i < PHONES; i++) {
		char source[40], address[40];
		const char *connection, *cipher;

		assert_int_equal(witness_bindings(table, member(phone_at(i), "name")), 1);
		snprintf(address, sizeof(address), "@%s:", member(phone_at(i), "ipv4"));
		assert_int_equal(LINES_WITH(table, "Address:", address,
					    modes[i] == PLAIN ? "transport=tcp" : "transport=tls"),
				 1);
		snprintf(source, sizeof(source), "src_ip: %s\n", member(phone_at(i), "ipv4"));
		connection = strstr(connections, source);
		if (modes[i] == PLAIN) {
			assert_null(connection);
			continue;
		}
		assert_non_null(connection);
		cipher = strstr(connection, "cipher: ");
		assert_non_null(cipher);
		if (modes[i] == AUTHENTICATED)
			assert_memory_equal(cipher, "cipher: NULL-SHA ", 17);
		else
			assert_memory_equal(cipher, "cipher: ECDHE-RSA-AES256-GCM-SHA384 ", 36);
	}
	assert_int_equal(LINES_WITH(connections, "state: established"), 6);
	free(connections);
	free(table);
}

/* How many REGISTER of an address tshark reads in the capture; options come before. */
static int registers(const char *options, const char *address)
{
	struct command_result tshark =
	    command_sh(120,
		       "tshark -n -r '%s' %s -d tcp.port==5061,tls -o tls.desegment_ssl_records:TRUE "
		       "-Y 'tls and sip.Method == \"REGISTER\" and ip.src == %s' "
		       "-T fields -e sip.Via.transport 2>/dev/null",
		       lab.capture, options, address);
	int count = LINES_WITH(tshark.out, "TLS");

	assert_int_equal(tshark.status, 0);
	command_free(&tshark);
	return count;
}

/* With the key log an independent dissector reads what the phones said; without it, only what was not encrypted. */
static void key_log_reads_signalling(void **state)
{
	char *keys = run("cucm-pub", "cat " KEY_LOG), path[512], options[600];
	char *mode = run("cucm-pub", "stat -c %a " KEY_LOG);

	(void)state;
	assert_string_equal(mode, "600\n");
	snprintf(key_log, sizeof(key_log), "%s", lab_write(&lab, "keys.log", keys, path));
	snprintf(options, sizeof(options), "-o tls.keylog_file:%s", key_log);
	for (size_t i = 0; i < PHONES; i++) {
		const char *address = member(phone_at(i), "ipv4");

		assert_int_equal(registers("", address) > 0, modes[i] == AUTHENTICATED);
		assert_int_equal(registers(options, address) > 0, modes[i] != PLAIN);
	}
	free(keys);
	free(mode);
}

/* The capture of a phone that registers twice, with a whole handshake and with a resumed one. The file was there before. */
static void capture_restarts(const char *phone)
{
	char phonelab[512];
	struct command_result captured = command_sh(
	    60,
	    "cd '%s' && P='%s --lab %s' && umask 022 && : >secret.pcapng && "
	    "$P capture %s -w secret.pcapng --key-log 2>secret.err & secret=$!; "
	    "cd '%s' && P='%s --lab %s' && $P capture %s -w plain.pcapng 2>plain.err & plain=$!; "
	    "cd '%s' && P='%s --lab %s'; for n in $(seq 300); do grep -qs Ctrl-C secret.err && "
	    "grep -qs Ctrl-C plain.err && break; sleep 0.1; done; "
	    "$P reset --wait %s && $P restart --wait %s; code=$?; kill -INT $secret $plain; wait; exit $code",
	    lab.dir, lab_bin("phonelab", phonelab), lab.name, phone, lab.dir, phonelab, lab.name, phone,
	    lab.dir, phonelab, lab.name, phone, phone);

	if (captured.status)
		fail_msg("%s%s", captured.out, captured.err);
	command_free(&captured);
}

/* What tshark reads of SIP without any option that has to do with TLS: method or status, and who sent it. */
static struct command_result read_sip(const char *file)
{
	return command_sh(120,
			  "tshark -n -r '%s/%s' -Y sip -T fields -E separator='|' -E occurrence=f -e ip.src "
			  "-e sip.Via.transport -e sip.CSeq.method -e sip.Status-Code 2>/dev/null",
			  lab.dir, file);
}

/* A capture with --key-log explains itself to Wireshark, and only its owner reads it. */
static void capture_with_the_key_log(void **state)
{
	const char *address = member(phone_at(6), "ipv4");
	struct command_result secret, plain, mode;
	char request[80];

	(void)state;
	capture_restarts("SEP001122AABB07");
	secret = read_sip("secret.pcapng");
	plain = read_sip("plain.pcapng");
	mode = command_sh(
	    5,
	    "cd '%s' && stat -c %%a secret.pcapng plain.pcapng && tshark -r plain.pcapng -Y tls 2>/dev/null "
	    "| grep -c 'Application Data'",
	    lab.dir);
	snprintf(request, sizeof(request), "%s|TLS|REGISTER|", address);
	/* Both handshakes, in both directions. */
	if (LINES_WITH(secret.out, request) < 2 || LINES_WITH(secret.out, "10.20.0.11|TLS|REGISTER|200") < 2)
		fail_msg("%s", secret.out);
	assert_string_equal(plain.out, "");
	assert_int_equal(strncmp(mode.out, "600\n644\n", 8), 0);
	assert_true(atoi(mode.out + 8) > 4); /* what is read above is there too */
	command_free(&secret);
	command_free(&plain);
	command_free(&mode);
}

/* openssl has the last word about the certificates of the phones, and reads the same keys. */
static void certificates(void **state)
{
	(void)state;
	check("cucm-pub", "cd /run/phonelab/keys && for f in phones/*.mic.pem; do "
			  "openssl verify -CAfile mic-root.crt -untrusted mic-ca.crt $f || exit 1; done");
	check("cucm-pub",
	      "cd " FLASH "/" ENROLLED "/files && openssl x509 -inform DER -in lsc -out /tmp/lsc.crt && "
	      "openssl verify -partial_chain -CAfile /run/phonelab/keys/capf.crt /tmp/lsc.crt && "
	      "openssl x509 -in /tmp/lsc.crt -noout -subject | grep " ENROLLED " && "
	      "openssl x509 -in /tmp/lsc.crt -noout -pubkey >/tmp/lsc.pub && "
	      "openssl pkey -inform DER -in lsc-key -pubout | cmp - /tmp/lsc.pub; status=$?; "
	      "rm -f /tmp/lsc.crt /tmp/lsc.pub; exit $status");
	for (const char *const *phone = (const char *const[]){ENROLLED, INSTALLED, NULL}; *phone; phone++) {
		char line[200], *mode;

		snprintf(line, sizeof(line), "stat -c %%a " FLASH "/%s/files/lsc-key", *phone);
		mode = run("cucm-pub", line);
		assert_string_equal(mode, "600\n");
		free(mode);
	}
}

/* Another client than ours, with the MIC of a phone and without. */
static void another_client(void **state)
{
	char *with = run("cucm-sub", "openssl s_client -connect 10.20.0.11:5061 -tls1_2 "
				     "-cert /run/phonelab/keys/phones/SEP001122AABB05.mic.pem "
				     "-cert_chain /run/phonelab/keys/mic-ca.crt </dev/null 2>&1");
	struct command_result without =
	    lab_exec(&lab, "cucm-sub", "openssl s_client -connect 10.20.0.11:5061 -tls1_2 </dev/null 2>&1");

	(void)state;
	assert_non_null(strstr(with, "Cipher is ECDHE-RSA-AES256-GCM-SHA384"));
	assert_non_null(strstr(without.out, "alert handshake failure"));
	assert_int_not_equal(without.status, 0);
	free(with);
	command_free(&without);
}

/* What `device show --json` has of the last rejection of a device; a new object. */
static json_t *rejection(const char *device)
{
	struct command_result result = lab_command(&lab, "device show %s --json", device);
	json_t *page = json_loads(result.out, 0, NULL);
	json_t *found = json_incref(json_object_get(page, "last_rejected"));

	command_free(&result);
	json_decref(page);
	return found;
}

/* An openssl command in the network of a phone fails its handshakes, and one at an address without a lease. The alarms are in the
 * log of the call manager, the device page has the reason. */
static void failed_handshakes_are_alarms(void **state)
{
	static const char client[] = "openssl s_client -connect 10.20.0.11:5061 -tls1_2 ",
			  phone[] = "SEP001122AABB02";
	json_t *rejected = rejection(phone);
	struct command_result result;

	(void)state;
	assert_true(json_is_null(rejected));
	json_decref(rejected);
	result = lab_exec(&lab, "cucm-sub", "%s", client);
	command_free(&result);
	result = lab_exec(&lab, phone, "%s", client);
	command_free(&result);
	check(
	    "cucm-pub",
	    "for i in $(seq 50); do grep -q 'TransientConnection.*DeviceName=SEP001122AABB02.*[[]Reason=10[]]"
	    "[[]ConnectingPort=5061[]].*handshake has failed: peer did not return a certificate' "
	    "/run/phonelab/log/cucm-pub.log && exit; sleep 0.1; done; exit 1");
	check("cucm-pub", "grep -q 'TransientConnection: %[[]IPAddress=10.20.0.12[]].*[[]Reason=10[]]' "
			  "/run/phonelab/log/cucm-pub.log");
	for (int i = 0; i < 50 && json_is_null(rejected = rejection(phone)); i++) {
		json_decref(rejected);
		poll(NULL, 0, 100);
	}
	assert_int_equal(member_int(rejected, "code"), 10);
	assert_string_equal(member(rejected, "reason"), "authenticationError");
	assert_string_equal(member(rejected, "node"), "cucm-pub");
	json_decref(rejected);
}

/* A phone and its call managers have no common cipher: `why` names the alarm of the call manager. */
static void why_has_the_alarm(void **state)
{
	static const char *const words[] = {"fault add tls-no-common-cipher", "reset SEP001122AABB07"};
	json_t *report = NULL, *alarm = NULL, *rejected;
	struct command_result result;

	(void)state;
	for (int i = 0; i < 2; i++) {
		result = lab_command(&lab, "%s", words[i]);
		if (result.status)
			fail_msg("%s: %s%s", words[i], result.out, result.err);
		command_free(&result);
	}
	for (int i = 0; i < 30 && !json_is_true(json_object_get(alarm, "logged")); i++) {
		json_decref(report);
		poll(NULL, 0, 500);
		result = lab_command(&lab, "why SEP001122AABB07 --json");
		report = json_loads(result.out, 0, NULL);
		alarm = json_object_get(report, "alarm");
		command_free(&result);
	}
	assert_string_equal(member(alarm, "name"), "EndPointTransientConnection");
	assert_int_equal(member_int(alarm, "reason"), 12);
	assert_string_equal(member(alarm, "reason_name"), "invalidTLSCipher");
	assert_true(json_is_true(json_object_get(alarm, "logged")));
	json_decref(report);
	rejected = rejection("SEP001122AABB07");
	assert_int_equal(member_int(rejected, "code"), 12);
	json_decref(rejected);
	result = lab_command(&lab, "fault clear all");
	assert_int_equal(result.status, 0);
	command_free(&result);
	result = lab_command(&lab, "reset --wait SEP001122AABB07");
	assert_int_equal(result.status, 0);
	command_free(&result);
}

/* The phone renews its LSC with a key on another curve, and registers by it. */
static void a_key_on_a_curve(void **state)
{
	static const char *const words[] = {"device set " INSTALLED
					    " capf_operation=install capf_key=ec-384 --no-apply",
					    "restart --wait " INSTALLED};
	json_t *now;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct command_result result = lab_command(&lab, "%s", words[i]);

		if (result.status)
			fail_msg("%s: %s%s", words[i], result.out, result.err);
		command_free(&result);
	}
	check("cucm-pub",
	      "cd " FLASH "/" INSTALLED "/files && openssl x509 -inform DER -in lsc -noout -text | grep -q "
	      "'ASN1 OID: secp384r1' && openssl x509 -in /run/phonelab/keys/phones/" INSTALLED
	      ".lsc.crt -outform DER | cmp - lsc");
	now = lab_status(&lab);
	assert_string_equal(phone_step_state(status_phone(now, INSTALLED), LADDER_REGISTER), "done");
	assert_non_null(strstr(member(phone_step(status_phone(now, INSTALLED), LADDER_CM_CONNECT), "detail"),
			       "by TLS, encrypted"));
	json_decref(now);
}

/* The types of the handshake messages of cucm-pub to a phone, a line for each ServerHello. */
static char *hellos(const char *address)
{
	struct command_result tshark =
	    command_sh(120,
		       "tshark -n -r '%s' -d tcp.port==5061,tls -Y 'tls.handshake.type == 2 and "
		       "tcp.srcport == 5061 and ip.dst == %s' -T fields -e tls.handshake.type 2>/dev/null",
		       lab.capture, address);
	char *out = tshark.out;

	tshark.out = NULL;
	command_free(&tshark);
	return out;
}

/* After a restart a phone resumes its session: its connection needs no certificate. */
static void resumption(void **state)
{
	struct command_result restarted = lab_command(&lab, "restart --wait SEP001122AABB05");
	int whole = 0, all = 0;

	(void)state;
	assert_int_equal(restarted.status, 0);
	command_free(&restarted);
	/* In a whole handshake the server sends its certificate (type 11); an abbreviated one has none.
	 * The last frames are not in the file at once. */
	for (int waited = 0; all <= whole && waited < 30; waited++) {
		char *lines = hellos(member(phone_at(4), "ipv4"));

		whole = LINES_WITH(lines, "11");
		all = LINES_WITH(lines, "2");
		free(lines);
		if (all <= whole)
			poll(NULL, 0, 500);
	}
	assert_true(whole > 0);
	assert_true(all > whole);
}

/* Neither an event nor a log nor the bundle of the lab has a key or a secret. */
static void nothing_leaks(void **state)
{
	struct command_result collected = lab_command(&lab, "collect -o %s/bundle.tar.gz", lab.dir);
	struct command_result found;

	(void)state;
	if (collected.status)
		fail_msg("collect: %s%s", collected.out, collected.err);
	found = command_sh(60,
			   "mkdir -p '%s/bundle' && tar -xf '%s/bundle.tar.gz' -C '%s/bundle' && "
			   "grep -rlE 'CLIENT_RANDOM|PRIVATE KEY' '%s/bundle'",
			   lab.dir, lab.dir, lab.dir, lab.dir);
	assert_string_equal(found.out, "");
	assert_int_equal(found.status, 1); /* of grep */
	command_free(&collected);
	command_free(&found);
	check("cucm-pub", "! grep -rlE 'CLIENT_RANDOM|PRIVATE KEY' /run/phonelab/log /run/phonelab/trace "
			  "/run/phonelab/events.jsonl");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_steps),
	    cmocka_unit_test(call_manager),
	    cmocka_unit_test(key_log_reads_signalling),
	    cmocka_unit_test(capture_with_the_key_log),
	    cmocka_unit_test(certificates),
	    cmocka_unit_test(another_client),
	    cmocka_unit_test(failed_handshakes_are_alarms),
	    cmocka_unit_test(a_key_on_a_curve),
	    cmocka_unit_test(resumption),
	    cmocka_unit_test(why_has_the_alarm),
	    cmocka_unit_test(nothing_leaks),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
