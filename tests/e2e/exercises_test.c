/* Each exercise, solved with the tools of a trainee: status, configuration of the switch, edited files of servers,
 * cables. A repair gets full marks, a bypass does not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fnmatch.h>
#include <ftw.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/rng.h"
#include "tests/support/lab.h"
#include "tests/support/lab_inside.h"
#include "tests/support/remains.h"
#include "tests/support/workers.h"

struct solution {
	const char *id;
	const char *
	    script; /* for sh; it sets where and what; NULL: those of the exercises that the seed draws. $BAD is the port of a phone that has power and is
			       not registered, $BADPHONE its name; $DARK the port of a phone without power */
};

#define BACK                                                                                                 \
	"on dhcp 'cat /run/phonelab/backup/dhcp/dnsmasq.conf > /run/phonelab/dhcp/dnsmasq.conf'; p service " \
	"dhcp restart; "

/* CAPF gives the phone that is not registered an LSC. */
#define ENROL "p device set $BADPHONE capf_operation=install; p reset --wait $BADPHONE; "

static const struct solution solutions[] = {
    {"dark-desk",
     "if p show sw1 interfaces status | grep -q \"^$DARK .*disabled\"; then what='port is shut down'; "
     "p configure sw1 \"interface $DARK\" 'no shutdown'; else what='power inline never'; "
     "p configure sw1 \"interface $DARK\" 'power inline auto'; fi; where=\"sw1 $DARK\""},
    {"moved-desk", "p plug $DARKPHONE; where=$DARK; what='cable unplugged'"},
    {"power-cut", "p configure sw1 'power inline budget 370000'; where=sw1; what='PoE budget too small'"},
    {"new-port",
     "p configure sw1 \"interface $BAD\" 'switchport voice vlan 110'; where=$BAD; what='voice vlan'"},
    {"typing-mistake",
     "p configure sw1 \"interface $BAD\" 'switchport voice vlan 110' exit 'no vlan 999'; where=$BAD; "
     "what='wrong voice vlan 999'"},
    {"quiet-port",
     "p configure sw1 \"interface $BAD\" 'cdp enable' 'lldp transmit'; where=$BAD; what='CDP is off'"},
    {"hardening", "p configure sw1 'cdp run' 'lldp run'; where=sw1; what='CDP and LLDP are off'"},
    {"clean-up", "p configure sw1 'vlan 110' 'name VOICE'; where=sw1; what='voice VLAN 110 was deleted'"},
    {"no-address",
     "case $(p service dhcp status) in *paused) what='the process hangs';; *) what='service stopped';; esac; "
     "p service dhcp restart; where=dhcp"},
    {"black-list",
     "on dhcp 'sed -i s/^dhcp-host=.*,ignore$/dhcp-authoritative/ /run/phonelab/dhcp/dnsmasq.conf'; "
     "p service dhcp restart; where=dhcp; what='dhcp-host entry ignores the phone'"},
    {"new-scope", BACK "where=dhcp; what='option 150'"},
    {"dead-end", BACK "where=dhcp; what='wrong default gateway'"},
    {"other-subnet",
     "on dhcp 'sed -i s/10.99.0/10.110.0/g /run/phonelab/dhcp/dnsmasq.conf'; p service dhcp restart; "
     "where=dhcp; what='pool of another subnet'"},
    {"not-trusted",
     "p configure sw1 'interface Gi1/0/48' 'ip dhcp snooping trust'; where=Gi1/0/48; what='not trusted'"},
    {"server-gone", "if p show sw1 interfaces status | grep -q '^Gi1/0/48 .*disabled'; then what=shutdown; "
		    "p configure sw1 'interface Gi1/0/48' 'no shutdown'; else what='wrong vlan'; "
		    "p configure sw1 'interface Gi1/0/48' 'switchport access vlan 110'; fi; where=Gi1/0/48"},
    {"no-files",
     "if p show sw1 interfaces status | grep -q '^Gi1/0/47 .*disabled'; then what=shutdown; where=Gi1/0/47; "
     "p configure sw1 'interface Gi1/0/47' 'no shutdown'; else what='service stopped'; where=tftp; "
     "p service tftp start; p service tftp-http start; fi"},
    {"odd-one-out",
     "if on tftp \"grep -q devise /run/phonelab/tftp/root/$BADPHONE.cnf.xml\"; then what='malformed XML'; "
     "else "
     "what='wrong SIP port'; fi; on tftp \"cp /run/phonelab/backup/tftp/root/$BADPHONE.cnf.xml* "
     "/run/phonelab/tftp/root/\"; where=$BADPHONE"},
    {"no-registration",
     "p service cucm-pub start; p service cucm-sub start; where='call managers'; what='services stopped'"},
    {"in-english",
     "on tftp 'cp /run/phonelab/backup/tftp/root/French_France/* /run/phonelab/tftp/root/French_France/'; "
     "where=tftp; what='locale not installed'"},
    {"two-tickets",
     "p configure sw1 \"interface $DARK\" 'no shutdown' \"interface $BAD\" 'switchport voice vlan 110'; "
     "where=\"$DARK, $BAD\"; what='shutdown, no voice vlan'"},
    {"maintenance", BACK "p configure sw1 \"interface $DARK\" 'power inline auto'; where=\"dhcp, $DARK\"; "
			 "what='option 150, power inline never'"},
    {"quiet-day", "where=none; what='nothing is wrong'"},
    {"lost-calls", "where=none; what=none"},
    {"slow-network", "where=nothing; what='everything works'"},
    {"new-switch", "where=none; what=healthy"},
    {"audit", "where=n/a; what='no fault'"},
    {"two-desks",
     "shut=$(p show sw1 interfaces status | sed -n 's/^\\(Gi[0-9/]*\\) .*disabled.*/\\1/p'); : $DARK; "
     "out=$(p status | awk '$2 == \"dark\" {print $1}' | grep -v \"0${shut#Gi1/0/}$\"); p plug $out; "
     "p configure sw1 \"interface $shut\" 'no shutdown'; where=\"$shut, $out\"; "
     "what='port is admin down, cable was not plugged in'"},
    {"hungry-phone", "p configure sw1 \"interface $DARK\" 'power inline auto'; where=\"phone $DARKPHONE\"; "
		     "what='limit of the port'"},
    {"no-answer",
     "for n in cucm-pub cucm-sub; do p service $n restart; done; where=CallManager; what=frozen"},
    {"replaced-phone",
     "port=$(p show sw1 interfaces status err-disabled | sed -n 's/^\\(Gi[0-9/]*\\) .*/\\1/p'); p configure "
     "sw1 "
     "\"interface $port\" 'no switchport port-security' 'no switchport port-security mac-address' shutdown "
     "'no shutdown'; where=\"GigabitEthernet ${port#Gi}\"; what='port-security violation'"},
    {"lost-file",
     "case $(on tftp \"head -c 5 /run/phonelab/tftp/root/$BADPHONE.cnf.xml 2>&1\") in *html*) what='it is "
     "html';; "
     "*No?such*) what='file is missing';; *) what='empty file';; esac; on tftp \"cp "
     "/run/phonelab/backup/tftp/root/$BADPHONE.cnf.xml* /run/phonelab/tftp/root/\"; where=$BADPHONE.cnf.xml"},
    {"stopped-ring", "if [ -n \"$(on tftp 'ls /run/phonelab/tftp/root/ | grep Ringlist')\" ]; then "
		     "what='softkey template'; else "
		     "what='ring list'; fi; on tftp 'cp /run/phonelab/backup/tftp/root/* "
		     "/run/phonelab/tftp/root/'; where=10.20.0.3"},
    {"french-and-dark",
     "p configure sw1 \"interface $DARK\" 'power inline auto'; on tftp 'cp "
     "/run/phonelab/backup/tftp/root/French_France/* /run/phonelab/tftp/root/French_France/'; "
     "where=\"$DARK, TFTP server\"; what='PoE is off, locale'"},
    {"late-delivery", BACK "p plug $DARKPHONE; where=\"dhcp, port $DARK\"; what='option150, disconnected'"},
    {"night-shift", NULL},
    {"monday-morning", NULL},
    {"service-window", NULL},
    {"second-shift", NULL},
    {"weekend-work", NULL},
    {"changed-line", NULL},
    {"after-upgrade", "where=nothing; what=nothing"},
    {"last-year",
     "for n in cucm-pub cucm-sub; do p cucm renew callmanager --node $n; done; p cucm update ctl; p cucm "
     "restart tftp; "
     "for n in cucm-pub cucm-sub; do p service $n restart; done; where='call managers'; what='certificate "
     "expired'"},
    {"old-badge", ENROL "where=$BADPHONE; what='LSC expired'"},
    {"after-the-renewal",
     "p cucm restart tftp; p cucm update ctl; where='trust lists'; what='lists are old'"},
    {"second-opinion",
     "case $(p service cucm-pub-tvs status) in *stopped) what='the service is stopped';; *) what='unknown "
     "certificate';; "
     "esac; for n in cucm-pub cucm-sub; do on $n \"cp /run/phonelab/backup/cucm/$n/tvs.json "
     "/run/phonelab/cucm/$n/\"; "
     "p service $n-tvs restart; done; where=TVS"},
    {"no-badge", "p service cucm-pub-capf start; p reset 2001; where=CAPF; what='service stopped'"},
    {"stricter-rules",
     "if on cucm-pub 'grep -q 1.1 /run/phonelab/cucm/cucm-pub/tls.cfg'; then what='TLS version'; else "
     "what=ciphers; fi; "
     "for n in cucm-pub cucm-sub; do on $n \"cp /run/phonelab/backup/cucm/$n/tls.cfg "
     "/run/phonelab/cucm/$n/\"; "
     "p service $n restart; done; where='tls.cfg'"},
    {"half-way", ENROL "where=$BADPHONE; what='no certificate'"},
};

/* Start an exercise in a new lab, or in the lab that runs and whose exercise is finished. */
static void start(struct lab *lab, const char *id, int seed)
{
	struct command_result result;
	char bin[512];

	result = command_sh(200, "%s exercise %s %s --seed %d --name %s", lab_bin("phonelab", bin),
			    lab->running ? "new" : "start", id, seed, lab->name);
	lab->running = true;
	if (result.status)
		print_error("%s: %s%s\n", id, result.out, result.err);
	assert_int_equal(result.status, 0);
	command_free(&result);
}

static void begin(struct lab *lab, const char *id, int seed)
{
	lab_begin(lab, "exercise");
	start(lab, id, seed);
}

/* The output of a command in the lab, which succeeds. */
static char *command_text(const struct lab *lab, const char *words)
{
	struct command_result result = lab_command(lab, "%s", words);
	char *out = strdup(result.out);

	if (result.status)
		fail_msg("%s: status %d: %s%s", words, result.status, result.out, result.err);
	command_free(&result);
	return out;
}

/* A changed line: compare the running configuration with that of the healthy lab, and restore it. The section of the
 * difference is where, its last line is what. */
#define LINE                                                                                                 \
	"p show sw1 running-config >$D/now; awk '/^(!|Building|Current|end$|$)/ {next} "                     \
	"/^ / {l=substr($0,2)} !/^ / {s=$0; l=\"\"} "                                                        \
	"NR==FNR {old[s \"|\" l]=1; order[++n]=s \"|\" l; next} {now[s \"|\" l]=1; added[++m]=s \"|\" l} "   \
	"END {for(i=1;i<=m;i++) if(!(added[i] in old)) {split(added[i],a,\"|\"); print a[1]; print \"what "  \
	"\" a[2]; "                                                                                          \
	"if(a[2] ~ /^no /) print substr(a[2],4); else if(a[2] ~ /^power inline/) print \"power inline "      \
	"auto\"; "                                                                                           \
	"else if(a[2] !~ /^switchport (access|voice) /) print \"no \" a[2]} "                                \
	"for(i=1;i<=n;i++) if(!(order[i] in now)) {split(order[i],a,\"|\"); print a[1]; "                    \
	"print \"what \" (a[2]==\"\" ? a[1] : a[2]); if(a[2]!=\"\") print a[2]}}' $D/healthy $D/now "        \
	">$D/fix; "                                                                                          \
	"where=$(sed -n '/^interface/{s/interface //p;q}' $D/fix); where=${where:-sw1}; "                    \
	"what=$(sed -n '/^what no /{s/^what //p;q}' $D/fix); "                                               \
	"[ -n \"$what\" ] || what=$(sed -n '/^what /{s/^what //p;q}' $D/fix); set --; while read -r l; do "  \
	"case $l in what*) ;; *) set -- \"$@\" \"$l\";; esac; done <$D/fix; p configure sw1 \"$@\"; "

static const char *script_of(const char *id)
{
	for (size_t i = 0; i < sizeof(solutions) / sizeof(solutions[0]); i++)
		if (!strcmp(solutions[i].id, id))
			return solutions[i].script;
	return NULL;
}

/* The scripts of what the seed draws, one after the other; the caller frees the text. */
static char *script_for(const struct solution *solution, int seed)
{
	char names[4][64];
	size_t n = solution->script ? 0 : lab_inside_draw(solution->id, seed, names);
	struct text all = {0};

	if (solution->script)
		return strdup(solution->script);
	for (size_t i = 0; i < n; i++)
		text_add(&all, "%s; w=\"$w${w:+, }$where\"; c=\"$c${c:+, }$what\"; ",
			 strcmp(names[i], "line") ? script_of(names[i]) : LINE ":");
	text_add(&all, "where=$w; what=$c");
	return text_take(&all);
}

static const char *phone_step_detail(json_t *phone, int step)
{
	return member(phone_step(phone, step), "detail");
}

/* Each phone is registered, dark or not provisioned, or a step has failed. */
static bool has_settled(json_t *status, void *arg)
{
	json_t *phone;
	size_t i;

	(void)arg;
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const char *state = member(phone, "state");
		bool settled = !strcmp(state, "registered") || !strcmp(state, "dark") ||
			       strstr(phone_step_detail(phone, 7), "not provisioned");

		for (int step = 1; step <= 14; step++)
			settled = settled || !strcmp(phone_step_state(phone, step), "failed");
		if (!settled)
			return false;
	}
	return true;
}

/* Assignments of $DARK, $BAD and their phones, from the status when it does not change any more. */
static void read_ports(const struct lab *lab, char text[400])
{
	char dark[20] = "", dark_phone[40] = "", bad[20] = "", bad_phone[40] = "";
	json_t *status = lab_status_when(lab, 60, has_settled, NULL), *phone;
	size_t i;

	assert_non_null(status);
	json_array_foreach (json_object_get(status, "phones"), i, phone) {
		const char *state = member(phone, "state");
		bool is_dark = !strcmp(state, "dark");
		bool is_bad = !is_dark && (strcmp(phone_step_state(phone, 11), "done") != 0);

		if (is_dark || is_bad) {
			snprintf(is_dark ? dark : bad, 20, "Gi1/0/%d", (int)(i + 1) & 63);
			snprintf(is_dark ? dark_phone : bad_phone, 40, "%.30s", member(phone, "name"));
		}
	}
	json_decref(status);
	snprintf(text, 400, "DARK=%s; DARKPHONE=%s; BAD=%s; BADPHONE=%s; ", dark, dark_phone, bad, bad_phone);
}

/* Run a script that sets where and what, then check. The exit status; *out is the output. */
static int solve(const struct lab *lab, const char *script, int timeout_s, char **out)
{
	char bin[512], ports[400];
	struct command_result result;
	int status;

	lab_bin("phonelab", bin);
	*ports = 0;
	if (strstr(script, "$DARK") || strstr(script, "$BAD"))
		read_ports(lab, ports);
	result = command_sh(
	    timeout_s + 90,
	    "p() { %s --lab %s \"$@\"; }; D=%s; on() { n=$1; shift; p exec $n -- sh -c \"$*\"; }; %s %s; "
	    "p exercise check --component \"$where\" --cause \"$what\" --csv %s/r.csv --timeout %d",
	    bin, lab->name, lab->dir, ports, script, lab->dir, timeout_s);
	status = result.status;
	*out = strdup(result.out);
	if (status)
		fprintf(stderr, "%s%s", result.out, result.err);
	command_free(&result);
	return status;
}

/* --- every exercise, in every variant --- */

#define WORKERS 2
#define RUNS	120

struct one_run {
	const struct solution *solution;
	size_t variant;
	int seed;
	char name[60];
};

struct outcome {
	bool done;
	char wrong[900]; /* "": solved with full marks */
};

static struct one_run runs[RUNS];
static size_t run_count;
static struct outcome *outcomes; /* shared with the processes of the labs */

#define DRAW_SEEDS 8 /* of an exercise that draws */

/* The smallest seed that chooses this variant. */
static int seed_of(const char *id, size_t variant, size_t variants)
{
	for (int seed = 1; seed < 1000; seed++) {
		struct rng rng;

		rng_seed(&rng, (uint64_t)seed, id);
		if (variants < 2 || rng_range(&rng, 0, variants - 1) == variant)
			return seed;
	}
	return 0;
}

/* Tier test: one run of each exercise in the office, and of three in the secure cluster. Tier check: each variant, or several
 * seeds. */
static bool is_long(void)
{
	const char *tier = getenv("TIER");

	return tier && strcmp(tier, "test") != 0;
}

static bool is_for_later(const char *id)
{
	static const char *const later[] = {"after-the-renewal", "second-opinion", "stricter-rules",
					    "half-way"};
	bool found = false;

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		found = found || !strcmp(later[i], id);
	return found && !is_long();
}

/* only: a pattern of cmocka of the exercises to solve; NULL: all. */
static void plan_runs(const char *only)
{
	for (size_t i = 0; i < sizeof(solutions) / sizeof(solutions[0]); i++) {
		int variants = lab_inside_variants(solutions[i].id);
		bool draws = !solutions[i].script;
		size_t n = draws ? DRAW_SEEDS : variants > 0 ? (size_t)variants : 0;

		if (only ? fnmatch(only, solutions[i].id, 0) != 0 : is_for_later(solutions[i].id))
			continue;
		for (size_t v = 0; v < (is_long() && n ? n : 1) && run_count < RUNS; v++) {
			struct one_run *run = &runs[run_count++];

			*run = (struct one_run){&solutions[i], v,
						draws ? (int)v + 1 : seed_of(solutions[i].id, v, n), ""};
			snprintf(run->name, sizeof(run->name), "%s seed %d", solutions[i].id, run->seed);
		}
	}
}

static void solve_one(struct lab *lab, const struct one_run *run, struct outcome *outcome)
{
	char *out, *script = script_for(run->solution, run->seed);
	int status;

	start(lab, run->solution->id, run->seed);
	status = solve(lab, script, 30, &out);
	free(script);
	if (status || !strstr(out, "passed: 100 of 100"))
		snprintf(outcome->wrong, sizeof(outcome->wrong), "status %d: %.800s", status, out);
	free(out);
	outcome->done = true;
}

/* A new lab, with its healthy configuration in the file healthy of its folder. */
static void begin_healthy(struct lab *lab)
{
	char path[512], *out;

	begin(lab, "quiet-day", 1);
	out = command_text(lab, "show sw1 running-config");
	lab_write(lab, "healthy", out, path);
	free(out);
	solve(lab, script_of("quiet-day"), 30, &out);
	free(out);
}

/* One of several processes: take the next run until none is left. The exercises follow each other in one lab; an
 * exercise that was not solved ends the lab. */
static void work(size_t *next)
{
	struct lab lab = {0};
	bool secure = false;
	size_t i;

	while ((i = workers_take(next)) < run_count) {
		if (lab.running && secure != lab_inside_secure(runs[i].solution->id))
			lab_end(&lab);
		secure = lab_inside_secure(runs[i].solution->id);
		if (!lab.running && secure)
			lab_begin(&lab, "exercise");
		else if (!lab.running)
			begin_healthy(&lab);
		solve_one(&lab, &runs[i], &outcomes[i]);
		if (*outcomes[i].wrong)
			lab_end(&lab);
	}
	lab_end(&lab);
}

static int solve_all(void **state)
{
	(void)state;
	return workers_run(WORKERS, work);
}

static void solved(void **state)
{
	const struct one_run *run = *state;
	const struct outcome *outcome = &outcomes[run - runs];

	if (*outcome->wrong)
		fail_msg("%s: %s", run->name, outcome->wrong);
	assert_true(outcome->done);
}

static void test_each_exercise_has_a_solution(void **state)
{
	(void)state;
	assert_int_equal(lab_inside_exercises(), sizeof(solutions) / sizeof(solutions[0]));
	for (size_t i = 0; i < sizeof(solutions) / sizeof(solutions[0]); i++)
		assert_true(lab_inside_variants(solutions[i].id) >= 0);
	for (size_t i = 0; i < run_count; i++)
		assert_int_not_equal(runs[i].seed, 0);
}

/* --- bypasses --- */

static void not_passed(const char *id, const char *script, const char *expected)
{
	struct lab lab;
	char *out;
	int status;

	begin(&lab, id, 1);
	status = solve(&lab, script, 6, &out);
	lab_end(&lab);
	assert_int_equal(status, 1);
	assert_non_null(strstr(out, "not passed"));
	assert_non_null(strstr(out, expected));
	free(out);
}

static void test_a_bypass_does_not_pass(void **state)
{
	(void)state;
	/* `fault clear` is rejected and repairs nothing. */
	not_passed("quiet-port", "p fault clear all; where=$BAD; what='CDP is off'", "switch sw1 differs");
	/* Without snooping every phone registers, but the switch is not protected any more. */
	not_passed("not-trusted", "p configure sw1 'no ip dhcp snooping'; where=Gi1/0/48; what='not trusted'",
		   "switch sw1 differs");
	/* A static address for the phone. */
	not_passed(
	    "no-address",
	    "p exec SEP001122AABB01 -- ip address add 10.110.0.60/24 dev eth0; where=dhcp; what=stopped",
	    "phone SEP001122AABB01");
	/* With every version and cipher the phones register, but the cluster has lost its settings. */
	if (is_long())
		not_passed(
		    "stricter-rules",
		    "for n in cucm-pub cucm-sub; do on $n \"sed -i -e 's/^method.*/method = TLSv1+/' -e "
		    "'s/^cipher_list.*/cipher_list = ALL:NULL-SHA:@SECLEVEL=0/' "
		    "/run/phonelab/cucm/$n/tls.cfg\"; "
		    "p service $n restart; done; where='tls.cfg'; what='TLS version'",
		    "file cucm/cucm-pub/tls.cfg differs");
	/* An unplugged phone does not fail. */
	not_passed("new-port", "p unplug $BADPHONE; where=$BAD; what='voice vlan'", "ports sw1 differs");
}

static void test_a_wrong_answer_to_a_healthy_control_does_not_pass(void **state)
{
	(void)state;
	not_passed("quiet-day", "where=dhcp; what='option 150'", "0 of 100");
}

/* --- the document --- */

/* The commands of the example in docs/exercises.md, for sh: the indented lines before `down`, in the lab of the test. */
static char *example(const struct lab *lab)
{
	struct fail fail = {0};
	struct text script = {0};
	char *doc, *rest, *line;

	assert_int_equal(file_read("docs/exercises.md", 1 << 20, &doc, NULL, &fail), 0);
	rest = strstr(doc, "    phonelab exercise start");
	assert_non_null(rest);
	while ((line = strsep(&rest, "\n")) && !strstr(line, "phonelab down")) {
		char *name = strstr(line, "mine");

		assert_true(!strncmp(line, "    phonelab", 12) && name);
		text_add(&script, "%.*s%s%s\n", (int)(name - line), line, lab->name, name + 4);
	}
	free(doc);
	return text_take(&script);
}

static void test_the_example_in_the_document_passes(void **state)
{
	struct command_result result;
	char bin[512], *script;
	struct lab lab;

	(void)state;
	lab_begin(&lab, "exercise");
	lab.running = true;
	lab_bin("phonelab", bin);
	script = example(&lab);
	result = command_sh(200, "phonelab() { '%s' \"$@\"; }; export XDG_STATE_HOME='%s'\n%s", bin, lab.dir,
			    script);
	if (result.status || !strstr(result.out, "passed: 100 of 100"))
		fail_msg("%s\nstatus %d: %s%s", script, result.status, result.out, result.err);
	/* The comments of the example are true as well. */
	assert_int_equal(LINES_WITH(result.out, "Gi1/0/5", "off", "0.0"), 2);
	free(script);
	command_free(&result);
	lab_end(&lab);
}

/* --- hidden --- */

/* The secrets of dark-desk: ids of the catalogue, patterns of the answers, the baseline. */
static const char *const secrets[] = {"port-shutdown", "power-inline-never", "shut ?down",
				      "inline never",  "\"parts\"",	     "\"baseline\""};

static void contains_no_secret(const char *where, const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (memmem(text, length, secrets[i], strlen(secrets[i])))
			fail_msg("%s contains a secret: %s", where, secrets[i]);
}

static unsigned files_seen;

static int check_file(const char *path, const struct stat *info, int what, struct FTW *at)
{
	static char text[1 << 20];
	FILE *in = what == FTW_F && S_ISREG(info->st_mode) ? fopen(path, "re") : NULL;
	size_t n = in ? fread(text, 1, sizeof(text), in) : 0;

	(void)at;
	if (in)
		fclose(in);
	contains_no_secret(path, text, n);
	files_seen++;
	return 0;
}

/* The processes of the lab: all in its PID namespace, and the one that started it. */
static void processes_have_no_secret(const struct lab *lab)
{
	pid_t supervisor = remains_supervisor(lab->name);
	char outer[20], path[300], space[2][64] = {"", ""};
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	unsigned seen = 0;

	assert_non_null(proc);
	assert_true(supervisor > 1);
	snprintf(outer, sizeof(outer), "%d", (int)remains_outer(supervisor));
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)supervisor);
	assert_true(readlink(path, space[0], sizeof(space[0]) - 1) > 0);
	while ((entry = readdir(proc))) {
		char text[8192];
		FILE *in;

		if (strspn(entry->d_name, "0123456789") != strlen(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/pid", entry->d_name);
		memset(space[1], 0, sizeof(space[1]));
		if (readlink(path, space[1], sizeof(space[1]) - 1) < 0)
			continue;
		if (strcmp(space[0], space[1]) != 0 && strcmp(entry->d_name, outer) != 0)
			continue;
		seen++;
		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		in = fopen(path, "re");
		if (!in)
			continue;
		contains_no_secret(path, text, fread(text, 1, sizeof(text), in));
		fclose(in);
	}
	closedir(proc);
	assert_true(seen > 8); /* at least a switch, a rack, four servers and their cables */
}

/* Send one request; neither the reply nor the reason of an error contains a secret. NULL on an error. */
static json_t *send_request(const struct lab *lab, const char *request)
{
	struct fail fail = {0};
	json_t *reply = lab_inside_ask(lab->name, request, &fail);
	char *text = reply ? json_dumps(reply, 0) : strdup(fail.text);

	contains_no_secret(request, text, strlen(text));
	free(text);
	return reply;
}

static void expect_error(const struct lab *lab, const char *request)
{
	json_t *reply = send_request(lab, request);

	if (reply)
		fail_msg("%s is not rejected", request);
}

/* `why` is refused, also for a capture and for a folder of evidence of this lab. */
static void why_is_refused(const struct lab *lab)
{
	struct command_result result;
	char bin[512];

	lab_bin("phonelab", bin);
	result = command_sh(
	    60,
	    "cd %s && p='%s --lab %s'; $p collect -o c.tar.gz --capture 1 >&2 && tar xzf c.tar.gz || exit 9; "
	    "folder=$(dirname $(dirname $(ls */lab/status.json))); capture=$(find . -name '*.pcapng' | head "
	    "-n 1); "
	    "for how in '' \"--folder $folder\" \"--capture $capture\"; do $p why SEP001122AABB05 $how 2>&1; "
	    "echo status $?; done; $p decode $capture; $p fault ls --active 2>&1; $p status --json; "
	    "find $folder -type f ! -name '*.pcapng' -exec cat {} +",
	    lab->dir, bin, lab->name);
	if (result.status || LINES_WITH(result.out, "refuses why") != 3 ||
	    LINES_WITH(result.out, "status 2") != 3)
		fail_msg("status %d: %.3000s%s", result.status, result.out, result.err);
	assert_int_equal(LINES_WITH(result.out, "found and repaired by hand"), 1);
	contains_no_secret("output", result.out, strlen(result.out));
	command_free(&result);
}

/* Right and wrong answers to a lab that is not repaired have the same result. */
static void a_failed_check_marks_no_answer(const struct lab *lab)
{
	static const char *const causes[] = {"power", "locale"};
	json_t *results[2];

	for (int i = 0; i < 2; i++) {
		struct command_result result =
		    lab_command(lab, "exercise check --component sw1 --cause %s --timeout 1 --csv %s/r.csv",
				causes[i], lab->dir);
		json_t *reply;

		assert_int_equal(result.status, 1);
		command_free(&result);
		reply = send_request(lab, "{\"do\":\"exercise\"}");
		results[i] = json_deep_copy(json_object_get(reply, "result"));
		json_decref(reply);
		assert_int_equal(member_int(results[i], "attempts"), 5 * i);
		json_object_del(results[i], "attempts");
		json_object_del(results[i], "said");
	}
	assert_true(json_equal(results[0], results[1]));
	assert_int_equal(member_int(results[0], "points"), 0);
	json_decref(results[0]);
	json_decref(results[1]);
}

/* Neither requests to lab.sock nor files nor processes reveal the fault, and no request replaces the exercise. */
static void test_nothing_reveals_the_fault(void **state)
{
	struct lab lab;
	struct fail fail = {0};
	char path[256];
	json_t *reply;

	(void)state;
	begin(&lab, "dark-desk", 1);
	reply = send_request(&lab, "{\"do\":\"exercise\"}");
	assert_string_equal(member(reply, "phase"), "open");
	assert_null(json_object_get(json_object_get(reply, "exercise"), "seed"));
	json_decref(reply);
	reply = send_request(&lab, "{\"do\":\"status\"}");
	assert_non_null(reply);
	json_decref(reply);
	expect_error(&lab, "{\"do\":\"fault-ls\"}");
	expect_error(&lab, "{\"do\":\"exercise\",\"action\":\"why\"}");
	why_is_refused(&lab);
	expect_error(&lab, "{\"do\":\"fault-vars\"}");
	expect_error(&lab, "{\"do\":\"fault-clear\",\"which\":\"all\"}");
	expect_error(&lab, "{\"do\":\"fault-add\",\"id\":\"dhcp-stopped\"}");
	expect_error(&lab, "{\"do\":\"exercise\",\"action\":\"begin\",\"id\":\"quiet-day\"}");
	expect_error(&lab, "{\"do\":\"exercise\",\"action\":\"keep\",\"keep\":{\"parts\":[]}}");
	files_seen = 0;
	assert_int_equal(lab_inside_path(lab.name, "", path, sizeof(path), &fail), 0);
	assert_int_equal(nftw(path, check_file, 16, FTW_PHYS), 0);
	assert_true(files_seen > 20);
	processes_have_no_secret(&lab);
	a_failed_check_marks_no_answer(&lab);
	lab_end(&lab);
}

/* --- why for a price --- */

static const char priced[] =
    "exercises:\n"
    "  - id: priced\n"
    "    title: t\n"
    "    level: 1\n"
    "    story: s\n"
    "    tools: [why]\n"
    "    why: 25\n"
    "    variants:\n"
    "      - faults: [{fault: port-shutdown, phone: any, component: '{port}', cause: shut}]\n"
    "    choices: {cause: [cable, shutdown, voice vlan]}\n"
    "    explanation: e\n";

static void test_why_costs_its_price_once(void **state)
{
	struct lab lab;
	char file[512], *out;

	(void)state;
	lab_begin(&lab, "exercise");
	start(&lab, lab_write(&lab, "priced.yaml", priced, file), 1);
	assert_int_equal(
	    solve(&lab,
		  "p why $DARKPHONE 2>&1; p why $DARKPHONE 2>&1; p configure sw1 "
		  "\"interface $DARK\" 'no shutdown'; where=\"GigabitEthernet ${DARK#Gi}\"; "
		  "what=$(p exercise show | sed -n 's/^ *\\([0-9]\\)  shutdown$/\\1/p'); echo choice $what",
		  30, &out),
	    0);
	assert_int_equal(LINES_WITH(out, "this costs 25 points"), 1);
	assert_int_equal(LINES_WITH(out, "Likely cause") + LINES_WITH(out, "Cause, proven"), 2);
	assert_int_equal(
	    LINES_WITH(out, "choice 1") + LINES_WITH(out, "choice 2") + LINES_WITH(out, "choice 3"), 1);
	assert_non_null(strstr(out, "passed: 75 of 100"));
	free(out);
	/* The exercise is finished: `why` is free. */
	out = command_text(&lab, "why SEP001122AABB05");
	assert_non_null(strstr(out, "is healthy"));
	free(out);
	lab_end(&lab);
}

/* --- a class --- */

/* Run sh in the scratch folder, where class.yaml is the class $class with two trainees. */
static char *in_class(const struct lab *lab, int want, const char *script)
{
	struct command_result result;
	char bin[512], *out;

	lab_bin("phonelab", bin);
	result =
	    command_sh(200,
		       "cd %s && p=%s && class=t-%d && printf 'name: %%s\\nexercise: quiet-day\\nseed: 3\\n"
		       "trainees: [ann, ben]\\n' $class >class.yaml; %s",
		       lab->dir, bin, (int)getpid(), script);
	if (result.status != want)
		fail_msg("%s: status %d: %s%s", script, result.status, result.out, result.err);
	out = strdup(result.out);
	command_free(&result);
	return out;
}

static void test_a_class(void **state)
{
	struct lab lab;
	char *out;

	(void)state;
	lab_begin(&lab, "exercise-class");
	out = in_class(&lab, 0, "$p exercise class class.yaml");
	assert_int_equal(LINES_WITH(out, "is ready"), 2);
	free(out);
	/* The lab knows trainee and file; the seeds differ. */
	out =
	    in_class(&lab, 0,
		     "$p --lab $class-ben exercise check --component none --cause 'Everything is fine' 2>&1; "
		     "$p --lab $class-ann exercise new quiet-day 2>&1; "
		     "$p exercise board class.yaml; cat *.csv");
	if (!strstr(out, "passed: 100 of 100") || !LINES_WITH(out, "8 of 8 phones are registered") ||
	    LINES_WITH(out, "finish it with") != 1 || LINES_WITH(out, " 1  ben ", " 100 ", "closed") != 1 ||
	    LINES_WITH(out, " 2  ann ", " 0 ", "open", "quiet-day") != 1 ||
	    LINES_WITH(out, ",quiet-day,4,yes,100,", "\"ben\"") != 1)
		fail_msg("%s", out);
	free(out);
	/* A class that runs is not started again. */
	free(in_class(&lab, 2, "$p exercise class class.yaml"));
	out = in_class(
	    &lab, 0,
	    "$p --lab $class-ben exercise new quiet-day >/dev/null && $p --lab $class-ben exercise check "
	    "--component none --cause none >/dev/null && tail -n 1 *.csv; $p exercise class class.yaml "
	    "--down; $p ls | grep $class || echo nothing is left");
	assert_int_equal(LINES_WITH(out, "\"ben\""), 1);
	assert_non_null(strstr(out, "nothing is left"));
	free(out);
	lab_end(&lab);
}

/* A start that is interrupted ends all labs, those that still start too. */
static void test_an_interrupted_class_ends_all_its_labs(void **state)
{
	struct lab lab;
	char *out;

	(void)state;
	lab_begin(&lab, "exercise-class");
	out = in_class(
	    &lab, 0,
	    "$p exercise class class.yaml & n=0; until $p ls | grep -q $class || [ $n = 300 ]; do n=$((n + "
	    "1)); "
	    "sleep 0.1; done; kill $!; wait $!; echo status $?; $p ls | grep $class || echo nothing is left");
	if (!strstr(out, "status 130") || !strstr(out, "nothing is left"))
		fail_msg("%s", out);
	free(out);
	lab_end(&lab);
}

/* An argument selects tests and exercises by a pattern. */
int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	static struct CMUnitTest tests[RUNS + 12] = {
	    cmocka_unit_test(test_a_wrong_answer_to_a_healthy_control_does_not_pass),
	    cmocka_unit_test(test_a_bypass_does_not_pass),
	    cmocka_unit_test(test_the_example_in_the_document_passes),
	    cmocka_unit_test(test_nothing_reveals_the_fault),
	    cmocka_unit_test(test_each_exercise_has_a_solution),
	    cmocka_unit_test(test_why_costs_its_price_once),
	    cmocka_unit_test(test_a_class),
	    cmocka_unit_test(test_an_interrupted_class_ends_all_its_labs),
	};
	size_t n = 8;

	plan_runs(only);
	if (only)
		cmocka_set_test_filter(only);
	outcomes = workers_memory(sizeof(*outcomes) * RUNS);
	if (!outcomes)
		return 1;
	for (size_t i = 0; i < run_count; i++)
		tests[n++] =
		    (struct CMUnitTest){.name = runs[i].name, .test_func = solved, .initial_state = &runs[i]};
	return _cmocka_run_group_tests("exercises", tests, n, solve_all, NULL);
}
