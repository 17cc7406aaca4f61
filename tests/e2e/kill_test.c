/*
 * Nothing is left behind: the supervisor is killed with SIGKILL at ten moments of `up`, spread over the time
 * that a whole `up` takes here. A second later no process, namespace, link, socket or mount of the lab is
 * left. And two labs of one topology run at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/lab.h"

#define TOPOLOGY "topologies/minimal.yaml"
#define MOMENTS	 10
/* An engine that removes a container takes its mounts out of every namespace: those come and go. */
#define MOUNTS "grep -v /docker/ /proc/self/mountinfo"

static double whole_up_s;

/* The labs of the test of the moment, ended after it however it went. */
static struct lab lab, one, two;

static int end(void **state)
{
	(void)state;
	lab_end(&lab);
	lab_end(&one);
	lab_end(&two);
	return 0;
}

/* Namespaces that belong to processes of the lab, as the kernel numbers them. They are held open, so that
 * their numbers are not given to those of somebody else's lab meanwhile. */
struct namespaces {
	unsigned long id[4096];
	int held[4096];
	int count;
};

static const char *const kinds[] = {"net", "mnt", "pid", "user", "ipc", "uts"};

static bool has_mark(const char *pid, const char *mark)
{
	char path[300], environment[65536];

	snprintf(path, sizeof(path), "/proc/%s/environ", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	size_t n = fread(environment, 1, sizeof(environment), file);
	fclose(file);
	return memmem(environment, n, mark, strlen(mark)) != NULL;
}

static unsigned long namespace_id(const char *pid, const char *kind)
{
	char path[300], link[64] = "";
	unsigned long id = 0;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kind);
	if (readlink(path, link, sizeof(link) - 1) > 0 && strchr(link, '['))
		id = strtoul(strchr(link, '[') + 1, NULL, 10);
	return id;
}

static void add_namespace(struct namespaces *set, unsigned long id, const char *pid, const char *kind)
{
	char path[300];

	for (int i = 0; i < set->count; i++)
		if (set->id[i] == id)
			return;
	if (!id || set->count == 4096)
		return;
	snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kind);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* its process has just ended */
	set->held[set->count] = fd;
	set->id[set->count++] = id;
}

static bool has_namespace(const struct namespaces *set, unsigned long id)
{
	for (int i = 0; i < set->count; i++)
		if (set->id[i] == id)
			return true;
	return false;
}

typedef void visit_fn(const char *pid, void *arg);

static void each_process(visit_fn *visit, void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	assert_non_null(proc);
	while ((entry = readdir(proc)))
		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name))
			visit(entry->d_name, arg);
	closedir(proc);
}

struct look {
	const char *mark;
	struct namespaces of_lab;
	int processes;
	int holders;
	char names[1024];
};

static void note(struct look *look, const char *pid)
{
	char path[64], comm[64] = "";

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	FILE *file = fopen(path, "r");
	if (file) {
		if (!fgets(comm, sizeof(comm), file))
			comm[0] = 0;
		fclose(file);
	}
	size_t used = strlen(look->names);
	snprintf(look->names + used, sizeof(look->names) - used, "%.20s %s", pid, comm);
}

/* Before the kill: which namespaces do the processes of the lab have, other than ours? */
static void collect(const char *pid, void *arg)
{
	struct look *look = arg;

	if (!has_mark(pid, look->mark))
		return;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		unsigned long id = namespace_id(pid, kinds[k]);
		if (id != namespace_id("self", kinds[k]))
			add_namespace(&look->of_lab, id, pid, kinds[k]);
	}
}

/* Dead, and only waiting for the machine's init to read its status, which some do every few seconds. */
static bool is_zombie(const char *pid)
{
	char path[300], stat[512];

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	size_t n = fread(stat, 1, sizeof(stat) - 1, file);
	fclose(file);
	stat[n] = 0;
	char *end = strrchr(stat, ')');
	return end && !strncmp(end, ") Z", 3);
}

/* After it: is a process of the lab left, or one in a namespace of the lab? */
static void search(const char *pid, void *arg)
{
	struct look *look = arg;
	bool holds = false;

	if (is_zombie(pid))
		return;
	if (has_mark(pid, look->mark)) {
		look->processes++;
		note(look, pid);
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		holds |= has_namespace(&look->of_lab, namespace_id(pid, kinds[k]));
	if (holds) {
		look->holders++;
		note(look, pid);
	}
}

static char *sh(const char *line)
{
	struct command_result result = command_sh(10, "%s", line);
	char *text = strdup(result.out);
	command_free(&result);
	return text;
}

static void kill_at(int moment)
{
	struct look look = {0};
	char mark[100], bin[512];

	lab_begin(&lab, "kill");
	snprintf(mark, sizeof(mark), "PHONELAB_TEST_MARK=%s-%d", lab.name, moment);
	look.mark = mark;
	char *links = sh("ip -o link | sed 's/ state .*//'");
	char *mounts = sh(MOUNTS);

	putenv(mark);
	pid_t pid = command_start(
	    (const char *[]){lab_bin("phonelab", bin), "up", "--name", lab.name, TOPOLOGY, NULL}, NULL);
	unsetenv("PHONELAB_TEST_MARK");
	poll(NULL, 0, (int)(whole_up_s * 1000 * (moment + 0.5) / MOMENTS));
	each_process(collect, &look);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(command_wait(pid, 5), 128 + SIGKILL);
	poll(NULL, 0, 1000);
	/* Orphans come to us (see main) as they would to init, which reaps what has ended. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	each_process(search, &look);
	for (int i = 0; i < look.of_lab.count; i++)
		close(look.of_lab.held[i]);
	if (look.processes || look.holders)
		fail_msg("moment %d: %d processes of the lab and %d in its namespaces are left:\n%s", moment,
			 look.processes, look.holders, look.names);
	char *links_after = sh("ip -o link | sed 's/ state .*//'");
	char *mounts_after = sh(MOUNTS);
	assert_string_equal(links, links_after);
	assert_string_equal(mounts, mounts_after);
	char *sockets = sh("cat /proc/net/unix");
	if (strstr(sockets, lab.name))
		fail_msg("moment %d: a socket of the lab is left", moment);
	free(sockets);
	free(links);
	free(links_after);
	free(mounts);
	free(mounts_after);
}

static void test_kill(void **state)
{
	if (whole_up_s <= 0)
		fail_msg("no whole up to divide into moments");
	kill_at(*(int *)*state);
}

/* How long a whole `up` takes here, and that it ends without a trace when asked. */
static void test_whole_up(void **state)
{
	(void)state;
	char bin[512];

	lab_begin(&lab, "whole");
	struct command_result up =
	    command_run(90, (const char *[]){lab_bin("phonelab", bin), "up", "-d", "--name", lab.name,
					     "--timeout", "60", TOPOLOGY, NULL});
	lab.running = true;
	if (up.status != 0)
		fail_msg("up: status %d: %s%s", up.status, up.out, up.err);
	whole_up_s = up.seconds;
	command_free(&up);
	lab_down(&lab);
	struct command_result ls = command_run(10, (const char *[]){bin, "ls", NULL});
	assert_null(strstr(ls.out, lab.name));
	command_free(&ls);
}

static void test_two_labs(void **state)
{
	(void)state;

	lab_begin(&one, "one");
	lab_begin(&two, "two");
	assert_int_equal(lab_up(&one, TOPOLOGY, false, 60, NULL, 0), 0);
	assert_int_equal(lab_up(&two, TOPOLOGY, false, 60, NULL, 0), 0);
	json_t *a = lab_status(&one), *b = lab_status(&two);
	assert_non_null(a);
	assert_non_null(b);
	/* The same names and the same subnet, side by side, and each is asked by its own name. */
	assert_string_equal(member(a, "lab"), one.name);
	assert_string_equal(member(b, "lab"), two.name);
	json_t *first_a = json_array_get(json_object_get(a, "phones"), 0);
	json_t *first_b = json_array_get(json_object_get(b, "phones"), 0);
	assert_string_equal(member(first_a, "name"), member(first_b, "name"));
	assert_string_equal(member(first_a, "state"), "registered");
	assert_string_equal(member(first_b, "state"), "registered");
	json_decref(a);
	json_decref(b);
	/* A second lab of a name that is taken is refused, and the first one lives on. */
	struct lab same = two;
	lab_up(&same, TOPOLOGY, false, 10, NULL, 2);
	b = lab_status(&two);
	assert_non_null(b);
	json_decref(b);
}

int main(void)
{
	static int moment[MOMENTS];
	static char names[MOMENTS][64];
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* Where we may, links and mounts of our own to compare: what else goes on on this machine is not
	 * ours. */
	if (!unshare(CLONE_NEWNET | CLONE_NEWNS))
		mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
	struct CMUnitTest tests[MOMENTS + 2] = {cmocka_unit_test_teardown(test_whole_up, end)};

	for (int i = 0; i < MOMENTS; i++) {
		moment[i] = i;
		snprintf(names[i], sizeof(names[i]), "SIGKILL at moment %d of %d", i + 1, MOMENTS);
		tests[i + 1] = (struct CMUnitTest){.name = names[i],
						   .test_func = test_kill,
						   .teardown_func = end,
						   .initial_state = &moment[i]};
	}
	tests[MOMENTS + 1] = (struct CMUnitTest)cmocka_unit_test_teardown(test_two_labs, end);
	return cmocka_run_group_tests_name("nothing is left behind", tests, NULL, NULL);
}
