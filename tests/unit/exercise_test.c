/* Files of exercises, marks and results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <regex.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/exercise/class.h"
#include "phonelab/exercise/draw.h"
#include "phonelab/exercise/exercise.h"
#include "phonelab/exercise/record.h"
#include "phonelab/fault/fault.h"

static void test_the_built_in_exercises_are_valid(void **state)
{
	struct exercise_set *set = exercise_catalogue();
	size_t healthy = 0, two = 0, drawn = 0;

	(void)state;
	assert_true(set->n >= 41);
	for (size_t i = 0; i < set->n; i++) {
		const struct exercise *it = &set->exercises[i];

		healthy += it->variants.n == 0 && it->draw.n == 0;
		drawn += it->draw.n > 0;
		two += it->draw.n > 1;
		assert_true(it->hints.n > 0);
		assert_true(i == 0 || !it->topology != !set->exercises[i - 1].topology ||
			    it->level >= set->exercises[i - 1].level);
		for (size_t j = 0; j < it->variants.n; j++)
			two += it->variants.items[j].faults.n > 1;
	}
	assert_true(healthy >= 6);
	assert_true(two >= 7);
	assert_true(drawn >= 6);
	exercise_set_free(set);
}

#define HEAD                                                                                                 \
	"exercises:\n  - id: x\n    title: t\n    level: 1\n    story: s\n    tools: [status]\n    "         \
	"explanation: e\n"

static void expect_complaint(const char *text, const char *expected)
{
	struct complaints complaints = {0};
	char *all;

	assert_null(exercise_set_read("x.yaml", text, &complaints));
	all = complaints_text(&complaints);
	assert_non_null(strstr(all, expected));
	free(all);
}

static void test_errors_in_a_file_are_reported(void **state)
{
	(void)state;
	expect_complaint("exercises: 3\n", "x.yaml:1:");
	expect_complaint(HEAD "    variants: [{faults: [{fault: port-shutdwn, component: a, cause: b}]}]\n",
			 "port-shutdown");
	expect_complaint(HEAD
			 "    variants: [{faults: [{fault: port-shutdown, component: '(', cause: b}]}]\n",
			 "regular expression");
	expect_complaint(HEAD
			 "    variants: [{faults: [{fault: port-shutdown, component: a, cause: shut}]}]\n"
			 "    choices: {cause: [option 150, voice vlan]}\n",
			 "found no right answer");
	expect_complaint(HEAD "    draw: [{from: nothing}]\n", "whose variants have one fault each");
	expect_complaint(HEAD "    draw: [{from: x}]\n", "whose variants have one fault each");
	expect_complaint(HEAD "    draw: [{line: no}]\n", "either from, or line");
	expect_complaint(HEAD "    draw: [{line: yes}, {line: yes}]\n", "found 2 lines");
	expect_complaint(
	    HEAD "    draw: [{line: yes}]\n    variants: [{faults: [{fault: port-shutdown, component: a, "
		 "cause: b}]}]\n",
	    "variants too");
	expect_complaint(HEAD "synonyms: [{is: shutdown}]\n", "also");
	expect_complaint(HEAD "    why: free\n", "found \"free\", expected refused");
	expect_complaint(HEAD "    why: 101\n", "price from 0 to 100");
	expect_complaint(HEAD "    backup: [../secret]\n", "below the run directory");
	expect_complaint(
	    HEAD "  - id: x\n    title: t\n    level: 9\n    story: s\n    tools: [a]\n    explanation: e\n",
	    "level");
}

static int price_of(const char *line)
{
	struct complaints complaints = {0};
	struct exercise_set *set;
	char text[600];
	int price;

	snprintf(text, sizeof(text), HEAD "%s", line);
	set = exercise_set_read("x.yaml", text, &complaints);
	assert_non_null(set);
	price = exercise_why_price(&set->exercises[0]);
	exercise_set_free(set);
	return price;
}

static void test_why_is_refused_unless_the_author_sets_a_price(void **state)
{
	(void)state;
	assert_int_equal(price_of(""), -1);
	assert_int_equal(price_of("    why: refused\n"), -1);
	assert_int_equal(price_of("    why: 0\n"), 0);
	assert_int_equal(price_of("    why: 25\n"), 25);
}

/* --- what the seed draws --- */

/* Every variant of every source comes up, the same seed draws the same one, and several draws give several faults. */
static void test_a_seed_draws_variants_of_other_exercises(void **state)
{
	struct exercise_set *set = exercise_catalogue();
	const struct exercise *one = exercise_find(set, "night-shift"),
			      *two = exercise_find(set, "second-shift");
	struct exercise_pick picks[EXERCISE_FAULTS], again[EXERCISE_FAULTS];
	const void *seen[64] = {0};
	size_t n = 0, all = 0;

	(void)state;
	assert_non_null(one);
	assert_non_null(two);
	for (size_t i = 0; i < set->n; i++)
		if (exercise_uses(one, &set->exercises[i]))
			all += set->exercises[i].variants.n;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct rng rng;
		size_t i;

		rng_seed(&rng, seed, one->id);
		assert_int_equal(exercise_draw(set, one, &rng, picks), 1);
		rng_seed(&rng, seed, one->id);
		assert_int_equal(exercise_draw(set, one, &rng, again), 1);
		assert_ptr_equal(picks[0].variant, again[0].variant);
		for (i = 0; i < n && seen[i] != picks[0].variant; i++)
			;
		if (i == n)
			seen[n++] = picks[0].variant;
		rng_seed(&rng, seed, two->id);
		assert_int_equal(exercise_draw(set, two, &rng, picks), 2);
		assert_ptr_not_equal(picks[0].source, picks[1].source);
	}
	assert_int_equal(n, all);
	assert_true(all >= 10);
	exercise_set_free(set);
}

static const char running[] =
    "!\nhostname sw1\n!\nvlan 20\n name SERVERS\n!\nvlan 110\n name VOICE\n!\n"
    "interface GigabitEthernet1/0/4\n switchport access vlan 10\n switchport mode access\n"
    " switchport voice vlan 110\n!\ninterface GigabitEthernet1/0/5\n switchport voice vlan "
    "110\n!\ninterface GigabitEthernet1/0/48\n description dhcp\n switchport access vlan "
    "110\n ip dhcp snooping trust\n!\nend\n";

static bool has_line(const json_t *lines, const char *port, const char *text, const char *undo)
{
	json_t *line;
	size_t i;

	json_array_foreach ((json_t *)lines, i, line)
		if (!strcmp(json_text(line, "port"), port) &&
		    json_array_size(json_object_get(line, "lines")) > 1 &&
		    !strcmp(json_string_value(json_array_get(json_object_get(line, "lines"), 1)), text) &&
		    !strcmp(json_string_value(json_array_get(json_object_get(line, "undo"), 1)), undo))
			return true;
	return false;
}

/* Lines of ports with a device, and VLANs; each of them is a valid fault whose answers fit. */
static void test_lines_of_a_switch(void **state)
{
	json_t *ports = json_pack("[{s:s,s:s},{s:s},{s:s,s:s}]", "name", "Gi1/0/4", "device",
				  "SEP001122AABB04", "name", "Gi1/0/5", "name", "Gi1/0/48", "device", "dhcp");
	json_t *lines = exercise_lines("sw1", running, ports), *line;
	size_t i, vlans = 0;

	(void)state;
	assert_true(has_line(lines, "Gi1/0/4", "shutdown", "no shutdown"));
	assert_true(has_line(lines, "Gi1/0/4", "no switchport voice vlan", "switchport voice vlan 110"));
	assert_true(has_line(lines, "Gi1/0/4", "switchport voice vlan 20", "switchport voice vlan 110"));
	assert_false(has_line(lines, "Gi1/0/4", "switchport voice vlan 110", "switchport voice vlan 110"));
	assert_true(has_line(lines, "Gi1/0/48", "switchport access vlan 20", "switchport access vlan 110"));
	assert_true(has_line(lines, "Gi1/0/48", "no ip dhcp snooping trust", "ip dhcp snooping trust"));
	assert_false(has_line(lines, "Gi1/0/48", "power inline never", "power inline auto"));
	json_array_foreach (lines, i, line) {
		struct complaints complaints = {0};
		char *text = exercise_line_fault(line);
		struct fault_set *set = fault_set_parse(text, strlen(text), "line", &complaints);

		assert_non_null(set);
		assert_int_equal(set->faults[0].scope, FAULT_PORT);
		fault_set_free(set);
		free(text);
		/* No device is at Gi1/0/5. */
		assert_string_not_equal(json_text(line, "port"), "Gi1/0/5");
		assert_false(exercise_matches_any(json_object_get(line, "component"), REG_ICASE, "gi1/0/40"));
		vlans += exercise_matches_any(json_object_get(line, "component"), REG_ICASE, "sw1");
	}
	assert_int_equal(vlans, 2);
	json_decref(lines);
	json_decref(ports);
}

static json_t *a_state(void)
{
	return json_pack("{s:b,s:i,s:i,s:[{s:i}],s:[{s:[s],s:[s],s:[s],s:[s]}]}", "healthy", 0, "taken", 0,
			 "attempts", 0, "hints", "price", 15, "parts", "component", "Gi1/0/4", "near", "sw1",
			 "cause", "shut ?down", "close", "disabled");
}

static void test_marks(void **state)
{
	json_t *it = a_state();
	struct fail fail = {0};

	(void)state;
	assert_int_equal(exercise_score(it, true, "sw1 gi1/0/4", "it is Shut down").points, 100);
	assert_int_equal(exercise_score(it, true, "sw1", "disabled").points, 75);
	assert_int_equal(exercise_score(it, true, "dhcp", "vlan").points, 50);
	assert_false(exercise_score(it, true, "dhcp", "vlan").passed);
	assert_false(exercise_score(it, false, "Gi1/0/4", "shutdown").passed);
	/* A wrong answer among them reduces the points. */
	assert_int_equal(exercise_score(it, true, "Gi1/0/4, dhcp", "shutdown").component, 10);
	json_object_set_new(it, "taken", json_integer(1));
	json_object_set_new(it, "attempts", json_integer(2));
	assert_int_equal(exercise_score(it, true, "Gi1/0/4", "shutdown").points, 75);
	/* `why` costs its price only if it was asked. */
	json_object_set_new(it, "why", json_integer(20));
	assert_int_equal(exercise_score(it, true, "Gi1/0/4", "shutdown").points, 75);
	json_object_set_new(it, "asked", json_true());
	assert_int_equal(exercise_score(it, true, "Gi1/0/4", "shutdown").points, 55);
	assert_int_equal(exercise_score(it, true, "Gi1/0/4", "shutdown").why, 20);
	json_decref(it);
	assert_int_equal(exercise_answer_check("--cause", "a b c d e f g h i j", &fail), 0);
	assert_true(exercise_answer_check("--cause", "a b c d e f g h i j k", &fail) < 0);
	assert_true(exercise_answer_check("--cause", "a,b,c,d,e", &fail) < 0);
	assert_true(exercise_answer_check("--cause", " ", &fail) < 0);
}

static void test_every_spelling_of_an_answer_is_right(void **state)
{
	static const char *const where[] = {"GigabitEthernet1/0/4", "Gig 1/0/4", "port gi1/0/4", "1/0/4",
					    "GigabitEthernet 1/0/4 on sw1"};
	static const char *const what[] = {"shut down", "administratively down", "Admin Down",
					   "switched off"};
	json_t *it = a_state();

	(void)state;
	json_object_set_new(it, "spellings",
			    json_pack("[[s,s],[s,s]]", "Gi1/0/4", "1/0/4", "shutdown", "switched off"));
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (exercise_score(it, true, where[i], "shutdown").points != 100)
			fail_msg("%s is not Gi1/0/4", where[i]);
	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		if (exercise_score(it, true, "Gi1/0/4", what[i]).points != 100)
			fail_msg("%s is not shutdown", what[i]);
	json_decref(it);
}

static void expect_resolved(const json_t *choices, const char *answer, const char *expected)
{
	struct fail fail = {0};
	char *got = exercise_answer_resolve("--cause", choices, answer, &fail);

	if (!got || strcmp(got, expected))
		fail_msg("%s: found %s, expected %s", answer, got ? got : fail.text, expected);
	free(got);
}

static void test_a_choice_is_answered_by_its_number(void **state)
{
	json_t *choices = json_pack("[s,s,s]", "option 150", "shutdown", "no voice vlan"),
	       *none = json_array();
	struct fail fail = {0};

	(void)state;
	expect_resolved(choices, "2", "shutdown");
	expect_resolved(choices, " 3 , 1", "no voice vlan, option 150");
	expect_resolved(choices, "2, my words", "shutdown, my words");
	expect_resolved(choices, "2005", "2005");
	expect_resolved(choices, "2 phones", "2 phones");
	expect_resolved(none, "2", "2");
	expect_resolved(NULL, "2", "2");
	assert_null(exercise_answer_resolve("--cause", choices, "4", &fail));
	assert_non_null(strstr(fail.text, "choices 1 to 3"));
	assert_null(exercise_answer_resolve("--cause", choices, "0", &fail));
	json_decref(choices);
	json_decref(none);
}

/* --- the file of results --- */

#define CLASS	54320 /* a group, and two users of it */
#define TEACHER 54321
#define TRAINEE 54322
#define HOME	"home-"

struct class_folder {
	char path[64], csv[100];
};

static void class_open(struct class_folder *folder, mode_t mode)
{
	*folder = (struct class_folder){.path = "/tmp/exercise-test-XXXXXX"};
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->csv, sizeof(folder->csv), "%s/results.csv", folder->path);
	assert_int_equal(chown(folder->path, TEACHER, CLASS), 0);
	assert_int_equal(chmod(folder->path, mode), 0);
	for (uid_t uid = TEACHER; uid <= TRAINEE; uid++) {
		char home[100];

		snprintf(home, sizeof(home), "%s/" HOME "%u", folder->path, uid);
		assert_int_equal(mkdir(home, 0700), 0);
		assert_int_equal(chown(home, uid, CLASS), 0);
	}
}

static void class_close(struct class_folder *folder)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf -- '%s'", folder->path);
	assert_int_equal(system(command), 0);
}

/* Record a result, or print all of them if cause is NULL, as a user of the class. The error; *reason is the reason. */
static int as_user(const struct class_folder *folder, uid_t uid, const char *cause, char reason[800])
{
	int pipes[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		json_t *exercise = json_pack("{s:s,s:i,s:i}", "id", "dark-desk", "seed", 7, "seconds", 0);
		json_t *result = json_pack("{s:b,s:i}", "passed", 1, "points", 100);
		struct fail fail = {0};
		int err = -EIO;
		char home[100];

		umask(022);
		snprintf(home, sizeof(home), "%s/" HOME "%u", folder->path, uid);
		setenv("XDG_STATE_HOME", home, 1);
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		if (!setgroups(0, NULL) && !setresgid(CLASS, CLASS, CLASS) && !setresuid(uid, uid, uid))
			err = cause
				  ? exercise_record(folder->csv, "Ann", exercise, result, "sw1", cause, &fail)
				  : exercise_record_print(folder->csv, &fail);
		if (write(pipes[1], fail.text, strlen(fail.text)) < 0)
			_exit(1);
		_exit(err ? 2 : 0);
	}
	close(pipes[1]);
	n = read(pipes[0], reason, 799);
	reason[n > 0 ? n : 0] = 0;
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
	return WEXITSTATUS(status);
}

/* How often a text occurs in the file of results. */
static int rows_with(const struct class_folder *folder, const char *word)
{
	struct fail fail = {0};
	char *text;
	int n = 0;

	assert_int_equal(file_read(folder->csv, 1 << 20, &text, NULL, &fail), 0);
	for (const char *at = text; (at = strstr(at, word)); at++)
		n++;
	free(text);
	return n;
}

static void test_two_users_share_the_results(void **state)
{
	struct class_folder folder;
	char reason[800];

	(void)state;
	if (geteuid())
		skip();
	class_open(&folder, 02775);
	assert_int_equal(as_user(&folder, TEACHER, "first", reason), 0);
	if (as_user(&folder, TRAINEE, "second", reason))
		fail_msg("the second user's result: %s", reason);
	assert_int_equal(rows_with(&folder, "first"), 1);
	assert_int_equal(rows_with(&folder, "\"second\""), 1);
	assert_int_equal(rows_with(&folder, "time,user"), 1);
	class_close(&folder);
}

static void test_a_result_that_cannot_be_written_is_kept(void **state)
{
	struct class_folder folder;
	char reason[800];

	(void)state;
	if (geteuid())
		skip();
	class_open(&folder, 0755);
	assert_int_equal(as_user(&folder, TEACHER, "first", reason), 0);
	assert_int_not_equal(as_user(&folder, TRAINEE, "second", reason), 0);
	if (!strstr(reason, HOME))
		fail_msg("the reason does not name the place: %s", reason);
	assert_int_not_equal(as_user(&folder, TRAINEE, "third", reason), 0);
	assert_int_equal(rows_with(&folder, "\"second\""), 0);
	/* Once the file can be written, the next call adds both. */
	assert_int_equal(chmod(folder.csv, 0666), 0);
	assert_int_equal(as_user(&folder, TRAINEE, NULL, reason), 0);
	assert_int_equal(as_user(&folder, TRAINEE, NULL, reason), 0);
	assert_int_equal(rows_with(&folder, "\"second\""), 1);
	assert_int_equal(rows_with(&folder, "third"), 1);
	assert_int_equal(rows_with(&folder, "time,user"), 1);
	class_close(&folder);
}

static void test_rows_of_another_file_are_added(void **state)
{
	struct class_folder folder;
	char reason[800];
	struct fail fail = {0};

	(void)state;
	if (geteuid())
		skip();
	class_open(&folder, 02775);
	assert_int_equal(as_user(&folder, TEACHER, "first", reason), 0);
	assert_int_equal(
	    exercise_record_rows(
		folder.csv,
		"time,user,exercise,seed,passed,points,repair,component,cause,hints,attempts,"
		"seconds,component_answer,cause_answer,why,trainee\n"
		"t,u,quiet-day,3,yes,100,0,40,60,0,0,5,\"none\",\"second, \"\"too\"\"\",0,\"ann\"\n"
		"torn,row\n\n",
		&fail),
	    0);
	assert_int_equal(rows_with(&folder, "\"second, "), 1);
	assert_int_equal(rows_with(&folder, "torn"), 0);
	assert_int_equal(rows_with(&folder, "time,user"), 1);
	assert_int_equal(exercise_record_rows(folder.csv, "", &fail), 0);
	class_close(&folder);
}

/* --- nothing is lost --- */

#define RESULTS 100

static json_t *an_exercise, *a_result;

/* Record n results in a file. The number of errors. */
static int record_many(const char *csv, const char *trainee, int n)
{
	int errors = 0;

	for (int i = 0; i < n; i++) {
		struct fail fail = {0};
		char cause[40];

		snprintf(cause, sizeof(cause), "%s, \"answer\" %d", trainee, i);
		errors += exercise_record(csv, trainee, an_exercise, a_result, "sw1", cause, &fail) != 0;
	}
	return errors;
}

/* The whole rows of a trainee in the file, each of them once; *torn counts lines that are none. A row that was kept
 * for a time is behind later ones. */
static int count_rows(const char *csv, const char *trainee, int *torn)
{
	char *fields[EXERCISE_FIELDS], *text, *rest, *line;
	struct fail fail = {0};
	bool seen[RESULTS] = {false};
	int n = 0;

	*torn = 0;
	assert_int_equal(exercise_record_read(csv, &text, &fail), 0);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		if (*line && exercise_row_read(line, fields))
			++*torn;
		else if (*line && !strcmp(fields[15], trainee)) {
			char cause[40];
			int i = atoi(strrchr(fields[13], ' '));

			snprintf(cause, sizeof(cause), "%s, \"answer\" %d", trainee, i);
			assert_string_equal(fields[13], cause);
			assert_true(i >= 0 && i < RESULTS && !seen[i]);
			seen[i] = true;
			n++;
		}
	}
	free(text);
	return n;
}

static int begin_results(void **state)
{
	static struct class_folder folder;
	char home[100];

	an_exercise = json_pack("{s:s,s:i,s:i}", "id", "dark-desk", "seed", 7, "seconds", 0);
	a_result = json_pack("{s:b,s:i}", "passed", 1, "points", 100);
	folder = (struct class_folder){.path = "/tmp/exercise-test-XXXXXX"};
	assert_non_null(mkdtemp(folder.path));
	snprintf(folder.csv, sizeof(folder.csv), "%s/results.csv", folder.path);
	snprintf(home, sizeof(home), "%s/home", folder.path);
	assert_int_equal(setenv("XDG_STATE_HOME", home, 1), 0);
	*state = &folder;
	return 0;
}

static int end_results(void **state)
{
	class_close(*state);
	json_decref(an_exercise);
	json_decref(a_result);
	return unsetenv("XDG_STATE_HOME");
}

static void test_two_trainees_write_one_file_a_hundred_times(void **state)
{
	struct class_folder *folder = *state;
	const char *const trainees[] = {"Ann", "Ben"};
	int torn, status;
	pid_t pids[2];

	for (int i = 0; i < 2; i++) {
		fflush(NULL);
		pids[i] = fork();
		if (!pids[i]) {
			/* A row that waits too long for the lock is kept: not lost either. */
			record_many(folder->csv, trainees[i], RESULTS);
			_exit(0);
		}
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(count_rows(folder->csv, trainees[i], &torn), RESULTS);
		assert_int_equal(torn, 0);
	}
	assert_int_equal(rows_with(folder, "time,user"), 1);
}

/* A writer was killed in the middle of a row: the next row is whole. */
static void test_a_torn_line_spoils_no_other_row(void **state)
{
	struct class_folder *folder = *state;
	FILE *out;
	int torn;

	assert_int_equal(record_many(folder->csv, "Ann", 2), 0);
	out = fopen(folder->csv, "ae");
	assert_non_null(out);
	fputs("2026-01-01T00:00:00Z,ben,dark-", out);
	fclose(out);
	assert_int_equal(record_many(folder->csv, "Ben", 3), 0);
	assert_int_equal(count_rows(folder->csv, "Ann", &torn), 2);
	assert_int_equal(count_rows(folder->csv, "Ben", &torn), 3);
	assert_int_equal(torn, 1);
}

/* The disk has room for a part of the row only: no part of it remains, the row is kept, and written later. */
static void test_a_result_is_kept_when_the_disk_is_full(void **state)
{
	struct class_folder *folder = *state;
	struct rlimit old, small;
	struct stat info;
	struct fail fail = {0};
	int torn, err;

	assert_int_equal(record_many(folder->csv, "Ann", 20), 0);
	assert_int_equal(stat(folder->csv, &info), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = (rlim_t)info.st_size + 30;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = exercise_record(folder->csv, "Ben", an_exercise, a_result, "sw1", "Ben, \"answer\" 0", &fail);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(err, -EFBIG);
	assert_non_null(strstr(fail.text, "/home/phonelab/kept-"));
	assert_non_null(strstr(fail.text, "exercise score"));
	assert_int_equal(rows_with(folder, "Ben"), 0);
	/* The next call for the file writes it, in order. */
	assert_int_equal(count_rows(folder->csv, "Ben", &torn), 1);
	assert_int_equal(count_rows(folder->csv, "Ann", &torn), 20);
	assert_int_equal(torn, 0);
	/* Nothing can be written to this file at all. */
	err = exercise_record("/dev/full", "Ben", an_exercise, a_result, "sw1", "x", &fail);
	assert_int_equal(err, -ENOSPC);
	assert_non_null(strstr(fail.text, "/home/phonelab/kept-"));
}

static void test_rows_of_older_files_are_read(void **state)
{
	char *fields[EXERCISE_FIELDS];
	char old[] = "2026-01-01T00:00:00Z,ann,x,7,yes,100,50,20,30,0,0,61,\"a, \"\"b\"\"\",\"c\"";
	char more[] = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", less[] = "1,2,3,4,5";

	(void)state;
	assert_int_equal(exercise_row_read(old, fields), 0);
	assert_string_equal(fields[12], "a, \"b\"");
	assert_string_equal(fields[13], "c");
	assert_string_equal(fields[15], "");
	assert_int_equal(exercise_row_read(more, fields), -EBADMSG);
	assert_int_equal(exercise_row_read(less, fields), -EBADMSG);
}

/* --- a class --- */

static struct exercise_class *class_of(const char *text, struct complaints *complaints)
{
	static char path[40]; /* the complaints name it */
	struct exercise_class *class;
	int fd;

	snprintf(path, sizeof(path), "/tmp/class-test-XXXXXX.yaml");
	fd = mkstemps(path, 5);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
	class = exercise_class_read(path, complaints);
	unlink(path);
	return class;
}

static void expect_class_complaint(const char *text, const char *expected)
{
	struct complaints complaints = {0};
	char *all;

	assert_null(class_of(text, &complaints));
	all = complaints_text(&complaints);
	if (!strstr(all, expected))
		fail_msg("found \"%s\", expected \"%s\"", all, expected);
	free(all);
}

static void test_errors_in_a_class_are_reported(void **state)
{
	(void)state;
	expect_class_complaint("name: a\nexercise: x\n", "trainees");
	expect_class_complaint("name: a\nexercise: x\ntrainees: [ann, ben, ann]\n", "ann twice");
	expect_class_complaint("name: a\nexercise: x\ntrainees: ['a b']\n", "a b");
	expect_class_complaint("name: a\nexercise: x\nruntime: podman\ntrainees: [ann]\n", "runtime");
	expect_class_complaint("name: a\nexercise: ./x.yaml\nruntime: compose\ntrainees: [ann]\n",
			       "found a file, expected an id");
	expect_class_complaint("name: abcdefghijklmnopqrst\nexercise: x\ntrainees: [abcdefghijklmnopqrst]\n",
			       "up to 32 characters");
}

static json_t *ask_a_lab(void *arg, const char *lab)
{
	(void)arg;
	return strcmp(lab, "mon-cy") ? json_pack("{s:s,s:{s:s,s:i,s:i}}", "phase", "open", "exercise", "id",
						 "dark-desk", "taken", 1, "attempts", 2)
				     : NULL;
}

static void expect_place(const json_t *board, size_t i, const char *expected)
{
	const json_t *row = json_array_get(board, i);
	char got[200];

	snprintf(got, sizeof(got), "%lld %s %s %s %lld %lld", json_int(row, "position"),
		 json_text(row, "trainee"), json_text(row, "lab"), json_text(row, "phase"),
		 json_int(row, "solved"), json_int(row, "points"));
	assert_string_equal(got, expected);
}

/* The best passed row of each exercise counts; torn rows, rows of strangers and failed checks do not. */
static void test_the_board_of_a_class(void **state)
{
	static const char text[] =
	    "time,user,exercise,seed,passed,points,repair,component,cause,hints,attempts,"
	    "seconds,component_answer,cause_answer,why,trainee\n"
	    "t,u,dark-desk,1,yes,70,50,20,0,0,0,9,\"a\",\"b\",0,\"ben\"\n"
	    "t,u,dark-desk,1,yes,90,50,20,0,0,0,9,\"a\",\"b\",0,\"ben\"\n"
	    "t,u,dark-desk,1,yes,80,50,20,0,0,0,9,\"a\",\"b\",0,\"ben\"\n"
	    "t,u,new-port,1,no,55,50,20,0,0,0,9,\"a\",\"b\",0,\"ben\"\n"
	    "t,u,new-po\n"
	    "t,u,new-port,1,yes,60,50,20,0,0,0,9,\"a\",\"b\",0,\"dan\"\n"
	    "t,u,new-port,1,yes,95,50,20,0,0,0,9,\"a\",\"b\",0,\"dan\"\n"
	    "t,u,dark-desk,1,yes,60,50,20,0,0,0,9,\"a\",\"b\",0,\"dan\"\n"
	    "t,u,dark-desk,1,yes,99,50,20,0,0,0,9,\"a\",\"b\",0,\"eve\"\n";
	struct complaints complaints = {0};
	struct exercise_class *class =
	    class_of("name: mon\nexercise: x\nseed: 7\ntrainees: [ann, ben, cy, dan]\n", &complaints);
	char *results = strdup(text);
	json_t *board;

	(void)state;
	assert_non_null(class);
	assert_string_equal(class->results, "/tmp/mon.csv");
	board = exercise_class_board(class, results, ask_a_lab, NULL);
	assert_int_equal(json_array_size(board), 4);
	expect_place(board, 0, "1 dan mon-dan open 2 155");
	expect_place(board, 1, "2 ben mon-ben open 1 90");
	expect_place(board, 2, "3 ann mon-ann open 0 0");
	expect_place(board, 3, "3 cy mon-cy down 0 0");
	json_decref(board);
	free(results);
	board = exercise_class_board(class, NULL, ask_a_lab, NULL);
	expect_place(board, 3, "1 dan mon-dan open 0 0");
	json_decref(board);
	exercise_class_free(class);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_built_in_exercises_are_valid),
	    cmocka_unit_test(test_errors_in_a_file_are_reported),
	    cmocka_unit_test(test_why_is_refused_unless_the_author_sets_a_price),
	    cmocka_unit_test(test_a_seed_draws_variants_of_other_exercises),
	    cmocka_unit_test(test_lines_of_a_switch),
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_every_spelling_of_an_answer_is_right),
	    cmocka_unit_test(test_a_choice_is_answered_by_its_number),
	    cmocka_unit_test(test_two_users_share_the_results),
	    cmocka_unit_test(test_a_result_that_cannot_be_written_is_kept),
	    cmocka_unit_test(test_rows_of_another_file_are_added),
	    cmocka_unit_test_setup_teardown(test_two_trainees_write_one_file_a_hundred_times, begin_results,
					    end_results),
	    cmocka_unit_test_setup_teardown(test_a_torn_line_spoils_no_other_row, begin_results, end_results),
	    cmocka_unit_test_setup_teardown(test_a_result_is_kept_when_the_disk_is_full, begin_results,
					    end_results),
	    cmocka_unit_test(test_rows_of_older_files_are_read),
	    cmocka_unit_test(test_errors_in_a_class_are_reported),
	    cmocka_unit_test(test_the_board_of_a_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
