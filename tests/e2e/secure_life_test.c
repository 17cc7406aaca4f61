/*
 * The life of a secure cluster: the stories of an administrator who renews certificates with `phonelab cucm`. Release 11.5: the
 * CallManager certificate of the publisher signs files and trust lists. The tests are one story after another in one lab. The
 * witnesses are the files that TFTP serves and that the phones store, the trace of TVS, and the openssl command.
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

#define PLAIN  "SEP001122AABB01" /* 2001 */
#define SECURE "SEP001122AABB02" /* 2002, encrypted, with an LSC */
#define SERVED "/run/phonelab/tftp/root/"
#define FLASH  "/run/phonelab/phones/flash/"
#define WAIT_S 30

static const char topology[] =
    "seed: 9\n"
    "vlans:\n"
    "  - {id: 10, name: DATA}\n"
    "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
    "switches:\n"
    "  - {name: sw1, access_vlan: 10, voice_vlan: 110}\n"
    "servers:\n"
    "  - {name: dhcp, kind: dhcp, port: Gi1/0/48, vlan: 110, address: 10.110.0.2}\n"
    "  - {name: tftp, kind: tftp, port: Gi1/0/47, vlan: 110, address: 10.110.0.3}\n"
    "cluster:\n"
    "  security: mixed\n"
    "  release: 11.5\n"
    "  nodes:\n"
    "    - {name: cucm-pub, role: publisher, port: Gi1/0/45, vlan: 110, address: 10.110.0.11}\n"
    "    - {name: cucm-sub, role: subscriber, port: Gi1/0/44, vlan: 110, address: 10.110.0.12}\n"
    "phones:\n"
    "  - {model: 7841, mac: \"00:11:22:aa:bb:01\", line: 2001}\n"
    "  - {model: 8865, mac: \"00:11:22:aa:bb:02\", line: 2002, security: encrypted, lsc: installed}\n";

static const char *const nodes[] = {"cucm-pub", "cucm-sub"};

static struct lab lab;

static int begin(void **state)
{
	char path[512];

	(void)state;
	lab_begin(&lab, "life");
	if (!lab_up(&lab, lab_write(&lab, "lab.yaml", topology, path), false, 60, NULL, 0))
		return 0;
	lab_end(&lab);
	return -1;
}

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* --- what the administrator does --- */

/* A command of phonelab, which must succeed and print this. NULL: anything. */
static void admin(const char *words, const char *expected)
{
	struct command_result result = lab_command(&lab, "%s", words);

	if (result.status || (expected && strcmp(result.out, expected)))
		fail_msg("%s: status %d: %s%s", words, result.status, result.out, result.err);
	command_free(&result);
}

static void renew(const char *what, const char *node, const char *how)
{
	char words[100], expected[100];

	snprintf(words, sizeof(words), "cucm renew %s --node %s%s", what, node, *how ? " --expired" : "");
	snprintf(expected, sizeof(expected), "%s/%s: renewed%s\n", node, what, how);
	admin(words, expected);
}

static void restart_program(const char *node, const char *kind)
{
	char words[100];

	snprintf(words, sizeof(words), "service %s%s restart", node, kind);
	admin(words, NULL);
}

static void renew_call_managers(const char *how)
{
	for (int i = 0; i < 2; i++) {
		renew("callmanager", nodes[i], how);
		restart_program(nodes[i], "");
	}
}

static void restart_tftp(void)
{
	admin("cucm restart tftp", "TFTP: restarted, ITL and files signed again\n");
}

static void update_ctl(void)
{
	admin("cucm update ctl", "CTLFile.tlv: signed again\n");
}

/* --- what there is to see --- */

/* Run a line in the lab; the first line of its output, until the next call. */
static const char *shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *shell(const char *format, ...)
{
	static char out[200];
	struct command_result result;
	char line[600];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	result = lab_exec(&lab, "cucm-pub", "%s", line);
	snprintf(out, sizeof(out), "%s", result.out);
	out[strcspn(out, "\n")] = 0;
	command_free(&result);
	return out;
}

/* The digest of a file of the lab. */
static void digest(const char *path, char out[200])
{
	snprintf(out, 200, "%s", shell("sha256sum <%s", path));
	assert_int_equal(strspn(out, "0123456789abcdef"), 64);
}

/* Does the phone store what TFTP serves? */
static bool has_served_itl(const char *phone)
{
	return !strcmp(shell("cmp " FLASH "%s/files/itl " SERVED "ITL%s.tlv && echo same", phone, phone),
		       "same");
}

static int events(const char *phone, const char *type, const char *text)
{
	char *all = lab_read(&lab, "events.jsonl");
	int count = all ? LINES_WITH(all, phone, type, text) : -1;

	free(all);
	return count;
}

static int trace(const char *node, const char *text)
{
	char path[100], *all;
	int count;

	snprintf(path, sizeof(path), "log/%s-tvs.log", node);
	all = lab_read(&lab, path);
	count = all ? LINES_WITH(all, text) : -1;
	free(all);
	return count;
}

/* A step of a phone that is awaited. */
struct awaited {
	const char *phone;
	int step;
	const char *state, *detail; /* part of it */
};

static bool is_so(json_t *status, void *arg)
{
	const struct awaited *awaited = arg;
	json_t *phone = status_phone(status, awaited->phone);

	return !strcmp(phone_step_state(phone, awaited->step), awaited->state) &&
	       strstr(member(phone_step(phone, awaited->step), "detail"), awaited->detail);
}

static void await(const char *phone, int step, const char *state, const char *detail)
{
	struct awaited awaited = {phone, step, state, detail};
	json_t *status = lab_status_when(&lab, WAIT_S, is_so, &awaited);

	if (!status) {
		status = lab_status(&lab);
		fail_msg("%s, step %d: found %s, \"%s\", expected %s, \"%s\"", phone, step,
			 phone_step_state(status_phone(status, phone), step),
			 member(phone_step(status_phone(status, phone), step), "detail"), state, detail);
	}
	json_decref(status);
}

/* --- the stories --- */

/* The CallManager certificate is renewed alone: TVS vouches for the new signer. */
static void renewed_alone(void **state)
{
	char itl[200], ctl[200], now[200];
	int updated = events(PLAIN, "phone.message", "Trust List updated");
	int found = trace("cucm-pub", "Found entry");

	(void)state;
	digest(SERVED "ITLFile.tlv", itl);
	digest(SERVED "CTLFile.tlv", ctl);
	renew_call_managers("");
	/* The files change when TFTP restarts, the CTL when it is updated. */
	digest(SERVED "ITLFile.tlv", now);
	assert_string_equal(now, itl);
	restart_tftp();
	digest(SERVED "ITLFile.tlv", now);
	assert_string_not_equal(now, itl);
	digest(SERVED "CTLFile.tlv", now);
	assert_string_equal(now, ctl);
	assert_false(has_served_itl(PLAIN));
	admin("reset --wait 2001", NULL);
	await(PLAIN, LADDER_ITL, "done", "verified and updated");
	await(PLAIN, LADDER_CONFIG, "done", "");
	assert_true(has_served_itl(PLAIN));
	assert_true(events(PLAIN, "phone.message", "Trust List updated") > updated);
	assert_true(trace("cucm-pub", "Found entry") > found);
	/* Now the signer is in the ITL: the CTL needs no TVS. */
	update_ctl();
	found = trace("cucm-pub", "Found entry");
	for (int i = 0; i < 2; i++)
		admin(i ? "reset --wait 2002" : "reset --wait 2001", NULL);
	await(PLAIN, LADDER_CTL, "done", "installed");
	await(SECURE, LADDER_CTL, "done", "installed");
	await(SECURE, LADDER_ITL, "done", "verified and updated");
	assert_string_equal(shell("cmp " FLASH PLAIN "/files/ctl " SERVED "CTLFile.tlv && echo same"),
			    "same");
}

/* CallManager and TVS are renewed together before the phones boot: nobody is left who can vouch for the signer. The phone keeps
 * its configuration, and changes of it have no effect. */
static void renewed_together(void **state)
{
	int updated = events(PLAIN, "phone.message", "Trust List updated");

	(void)state;
	for (int i = 0; i < 2; i++) {
		renew("tvs", nodes[i], "");
		restart_program(nodes[i], "-tvs");
	}
	renew("callmanager", "cucm-pub", "");
	restart_tftp();
	admin("device set 2001 label=Lobby --no-apply", NULL);
	admin("reset --wait 2001", NULL);
	await(PLAIN, LADDER_ITL, "failed", "Trust List update failed");
	await(PLAIN, LADDER_CONFIG, "failed", "going on with the stored configuration");
	await(PLAIN, LADDER_REGISTER, "done", "200 OK");
	assert_true(events(PLAIN, "phone.message", "Trust List update failed") > 0);
	assert_int_equal(events(PLAIN, "phone.message", "Trust List updated"), updated);
	for (int i = 0; i < 2; i++) {
		char refused[100];

		snprintf(refused, sizeof(refused), "certificate %s.lab is not that of a TVS in a trust list",
			 nodes[i]);
		assert_true(events(PLAIN, "peer.refused", refused) > 0);
		assert_true(trace(nodes[i], "closed: tlsv1 alert unknown ca") > 0);
	}
	assert_false(has_served_itl(PLAIN));
	assert_string_not_equal(shell("grep -c Lobby " SERVED PLAIN ".cnf.xml"), "0");
	assert_string_equal(shell("grep -ac Lobby " FLASH PLAIN "/files/config"), "0");
}

/* The manual cure: the user erases the trust lists, and the phone trusts the first ones that it finds. While the CTL is stale that
 * does not help. */
static void erased(void **state)
{
	(void)state;
	admin("erase 2001", NULL);
	await(PLAIN, LADDER_ITL, "failed", "signed by a key that the installed list does not hold");
	await(PLAIN, LADDER_CONFIG, "failed", "");
	update_ctl();
	for (int i = 0; i < 2; i++) {
		admin(i ? "erase 2002" : "erase 2001", NULL);
		await(i ? SECURE : PLAIN, LADDER_ITL, "done", "verified and installed");
		await(i ? SECURE : PLAIN, LADDER_REGISTER, "done", "200 OK");
	}
	assert_true(has_served_itl(PLAIN));
	assert_true(events(PLAIN, "phone.message", "CTL and ITL installed") > 0);
	assert_string_not_equal(shell("grep -ac Lobby " FLASH PLAIN "/files/config"), "0");
}

/* The CallManager certificates are expired: encrypted phones do not register, and signed files are refused. */
static void expired(void **state)
{
	(void)state;
	renew_call_managers(", expired a day ago");
	assert_string_equal(
	    shell("openssl x509 -in /run/phonelab/keys/cucm-pub/callmanager.crt -noout -checkend 0"),
	    "Certificate will expire");
	restart_tftp();
	admin("reset --wait 2001", NULL);
	admin("reset 2002", NULL);
	await(PLAIN, LADDER_ITL, "failed", "the certificate of the signer is not valid now");
	await(PLAIN, LADDER_REGISTER, "done", "200 OK");
	await(SECURE, LADDER_CONFIG, "failed", "the certificate of the signer is not valid now");
	await(SECURE, LADDER_CM_CONNECT, "failed", "10.110.0.11: certificate cucm-pub.lab: expired");
	await(SECURE, LADDER_CM_CONNECT, "failed", "10.110.0.12: certificate cucm-sub.lab: expired");
}

/* Renewed again, with a CTL that follows: all is well. */
static void cured(void **state)
{
	(void)state;
	renew_call_managers("");
	restart_tftp();
	update_ctl();
	admin("reset --wait 2001", NULL);
	admin("reset --wait 2002", NULL);
	await(PLAIN, LADDER_ITL, "done", "verified and updated");
	await(SECURE, LADDER_CONFIG, "done", "");
	await(SECURE, LADDER_CM_CONNECT, "done", "by TLS, encrypted");
	await(SECURE, LADDER_REGISTER, "done", "200 OK");
}

static const char *verify_lsc(const char *issuer)
{
	return shell("cd /run/phonelab/keys; openssl verify -CAfile %s phones/" SECURE
		     ".lsc.crt 2>&1 | tail -1",
		     issuer);
}

/* The CAPF is renewed: the LSC of the former CAPF still registers the phone, and so does the next one. */
static void renewed_capf(void **state)
{
	(void)state;
	admin("cucm renew capf", "capf: renewed\n");
	restart_program("cucm-pub", "-capf");
	for (int i = 0; i < 2; i++)
		restart_program(nodes[i], "");
	restart_tftp();
	assert_string_equal(verify_lsc("capf.crt"), "error phones/" SECURE ".lsc.crt: verification failed");
	admin("reset --wait 2002", NULL);
	await(SECURE, LADDER_ITL, "done", "verified and updated");
	await(SECURE, LADDER_CM_CONNECT, "done", "by TLS, encrypted");
	await(SECURE, LADDER_REGISTER, "done", "200 OK");
	/* It renews its LSC. */
	admin("device set 2002 capf_operation=install --no-apply", NULL);
	admin("reset --wait 2002", NULL);
	await(SECURE, LADDER_CM_CONNECT, "done", "by TLS, encrypted");
	await(SECURE, LADDER_REGISTER, "done", "200 OK");
	assert_int_equal(events(SECURE, "capf.done", ""), 1);
	assert_string_equal(verify_lsc("capf.crt"), "phones/" SECURE ".lsc.crt: OK");
	assert_string_equal(shell("openssl x509 -in /run/phonelab/keys/phones/" SECURE
				  ".lsc.crt -outform DER | cmp - " FLASH SECURE "/files/lsc && echo same"),
			    "same");
}

static void restart_all(void)
{
	restart_tftp();
	for (int i = 0; i < 2; i++)
		restart_program(nodes[i], "");
	admin("reset --wait 2001", NULL);
	admin("reset --wait 2002", NULL);
}

/* The modes that the file of the secure phone and the database of the publisher state. */
static void expect_modes(const char *file, const char *database)
{
	assert_string_equal(
	    shell("sed -n 's,.*<deviceSecurityMode>\\(.\\)<.*,\\1,p' " SERVED SECURE ".cnf.xml"), file);
	assert_string_equal(shell("python3 -c \"import sqlite3; "
				  "print(sqlite3.connect('/run/phonelab/cucm/cucm-pub/cucm.sqlite').execute("
				  "'select value from setting where name = \\'cluster_security_mode\\'')"
				  ".fetchone()[0])\""),
			    database);
}

/* The cluster leaves mixed mode and enters it again: phones follow when TFTP and the call managers have restarted. */
static void mixed_mode(void **state)
{
	static const char port[] = "timeout 5 bash -c '</dev/tcp/10.110.0.11/5061' 2>&1 | grep -o refused";
	struct command_result result;

	(void)state;
	expect_modes("3", "1");
	admin("cucm mixed-mode off",
	      "non-secure mode: set; restart TFTP and the call managers, then reset the phones\n");
	assert_string_equal(shell("ls " SERVED " | grep -c CTL"), "0");
	expect_modes("3", "0");
	assert_string_equal(shell("%s", port), "");
	result = lab_command(&lab, "cucm update ctl");
	assert_int_equal(result.status, 2);
	assert_non_null(strstr(result.err, "the cluster is not in mixed mode"));
	command_free(&result);
	restart_all();
	expect_modes("1", "0");
	await(SECURE, LADDER_CTL, "done", "the installed list stays");
	await(SECURE, LADDER_CM_CONNECT, "done", "10.110.0.11:5060");
	await(SECURE, LADDER_REGISTER, "done", "200 OK");
	assert_string_equal(shell("%s", port), "refused");
	/* A change of a device does not bring the mode back. */
	admin("device set 2002 label=Desk --no-apply", NULL);
	expect_modes("1", "0");
	assert_string_equal(shell("ls " SERVED " | grep -c CTL"), "0");
	result = lab_command(&lab, "cucm mixed-mode off");
	assert_int_equal(result.status, 2);
	command_free(&result);

	admin("cucm mixed-mode on",
	      "mixed mode: set; restart TFTP and the call managers, then reset the phones\n");
	assert_string_equal(shell("ls " SERVED " | grep -c CTL"), "3");
	expect_modes("1", "1");
	restart_all();
	expect_modes("3", "1");
	await(SECURE, LADDER_CTL, "done", "the cluster is in mixed mode");
	await(SECURE, LADDER_CM_CONNECT, "done", "by TLS, encrypted");
	await(SECURE, LADDER_REGISTER, "done", "200 OK");
}

/* Does a process wait for the lock of the devices? "LOCK" is MAJOR:MINOR:INODE of /proc/locks. */
static bool somebody_waits(const char *lock)
{
	struct command_result locks = command_sh(10, "grep -e '-> FLOCK' /proc/locks");
	bool found = LINES_WITH(locks.out, lock) > 0;

	command_free(&locks);
	return found;
}

/* While devices are changed, the command waits: it would write the files from a plan that is no longer true. */
static void waits_for_changes(void **state)
{
	static const char hold[] = "echo >/run/phonelab/log/held; "
				   "while [ ! -e /run/phonelab/log/release ]; do sleep 0.1; done";
	char bin[512], lock[200], before[200], now[200];
	pid_t holder, waiting;

	(void)state;
	lab_bin("phonelab", bin);
	digest("/run/phonelab/keys/itlrecovery.crt", before);
	holder = command_start((const char *[]){bin, "--lab", lab.name, "exec", "cucm-pub", "--", "flock",
						"/run/phonelab/phones/added.lock", "sh", "-c", hold, NULL},
			       NULL);
	for (int i = 0; i < 300 && strcmp(shell("ls /run/phonelab/log/held"), "/run/phonelab/log/held"); i++)
		poll(NULL, 0, 100);
	snprintf(lock, sizeof(lock), "%s",
		 shell("python3 -c \"import os; s = os.stat('/run/phonelab/phones/added.lock'); "
		       "print('%%02x:%%02x:%%d' %% (os.major(s.st_dev), os.minor(s.st_dev), s.st_ino))\""));
	waiting = command_start(
	    (const char *[]){bin, "--lab", lab.name, "cucm", "renew", "itlrecovery", NULL}, NULL);
	for (int i = 0; i < 300 && !somebody_waits(lock); i++)
		poll(NULL, 0, 100);
	assert_true(somebody_waits(lock));
	digest("/run/phonelab/keys/itlrecovery.crt", now);
	assert_string_equal(now, before);
	shell("touch /run/phonelab/log/release");
	assert_int_equal(command_wait(waiting, WAIT_S), 0);
	assert_int_equal(command_wait(holder, WAIT_S), 0);
	digest("/run/phonelab/keys/itlrecovery.crt", now);
	assert_string_not_equal(now, before);
}

/* What the command refuses, and its JSON. */
static void command_line(void **state)
{
	static const char *const wrong[][2] = {
	    {"renew tomcat", "unknown certificate \"tomcat\"; certificates: callmanager, tvs, capf, "},
	    {"renew capf --node cucm-pub", "--node is only for callmanager and tvs"},
	    {"renew tvs --node nobody", "unknown call manager \"nobody\""},
	    {"mixed-mode maybe", "found \"maybe\", expected on or off"},
	    {"restart capf", "unknown action \"restart capf\""},
	};
	struct command_result result;
	json_t *reply;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		result = lab_command(&lab, "cucm %s", wrong[i][0]);
		assert_int_equal(result.status, 2);
		if (!strstr(result.err, wrong[i][1]))
			fail_msg("cucm %s: %s", wrong[i][0], result.err);
		command_free(&result);
	}
	result = lab_command(&lab, "cucm renew itlrecovery --json");
	assert_int_equal(result.status, 0);
	reply = json_loads(result.out, 0, NULL);
	assert_string_equal(member(reply, "done"), "renew");
	assert_string_equal(member(reply, "name"), "itlrecovery");
	json_decref(reply);
	command_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(renewed_alone), cmocka_unit_test(renewed_together),
	    cmocka_unit_test(erased),	     cmocka_unit_test(expired),
	    cmocka_unit_test(cured),	     cmocka_unit_test(renewed_capf),
	    cmocka_unit_test(mixed_mode),    cmocka_unit_test(waits_for_changes),
	    cmocka_unit_test(command_line),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
