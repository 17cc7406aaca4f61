#include "tests/support/remains.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/command.h"

/* The kernel removes namespaces in its own time, and a busy machine takes longer: a remainder is for ever. */
#define WITHIN_US 60000000
#define MARK	  "PHONELAB_TEST_MARK"
/* An engine that removes a container takes its mounts out of every namespace: those come and go. */
#define MOUNTS "grep -v /docker/ /proc/self/mountinfo"
#define LINKS  "ip -o link | sed 's/ state .*//'"

static const char *const kinds[] = {"net", "mnt", "pid", "user", "ipc", "uts"};

void remains_init(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!unshare(CLONE_NEWNET | CLONE_NEWNS))
		mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
}

static char *sh(const char *line)
{
	struct command_result result = command_sh(10, "%s", line);
	char *text = strdup(result.out);

	command_free(&result);
	return text;
}

void remains_begin(struct remains *remains, const char *lab)
{
	static int number;

	memset(remains, 0, sizeof(*remains));
	remains->lab = lab;
	snprintf(remains->mark, sizeof(remains->mark), MARK "=%s-%d", lab, ++number);
	remains->links = sh(LINKS);
	remains->mounts = sh(MOUNTS);
	setenv(MARK, strchr(remains->mark, '=') + 1, 1);
}

/* --- processes and their namespaces --- */

/* The whole of a file below /proc/PID; its length, 0 when it is gone. */
static size_t read_proc(const char *pid, const char *name, char *text, size_t size)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, name);
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(text, 1, size - 1, file) : 0;

	if (file)
		fclose(file);
	text[n] = 0;
	return n;
}

static bool has_mark(const char *pid, const char *mark)
{
	char environment[65536];
	size_t n = read_proc(pid, "environ", environment, sizeof(environment));

	/* With the NUL behind it: mark 1 is no mark 12. */
	return memmem(environment, n, mark, strlen(mark) + 1) != NULL;
}

/* Dead, and only waiting for the machine's init to read its status, which some do every few seconds. */
static bool is_zombie(const char *pid)
{
	char stat[512], *end;

	read_proc(pid, "stat", stat, sizeof(stat));
	end = strrchr(stat, ')');
	return end && !strncmp(end, ") Z", 3);
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

static bool has_namespace(const struct remains *remains, unsigned long id)
{
	for (int i = 0; i < remains->count; i++)
		if (remains->id[i] == id)
			return true;
	return false;
}

static void hold_namespace(struct remains *remains, unsigned long id, const char *pid, const char *kind)
{
	char path[300];
	int fd;

	if (!id || has_namespace(remains, id) || remains->count == 4096)
		return;
	snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return; /* its process has just ended */
	remains->held[remains->count] = fd;
	remains->id[remains->count++] = id;
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

/* Which namespaces do the processes of the lab have, other than ours? */
static void collect(const char *pid, void *arg)
{
	struct remains *remains = arg;

	if (!has_mark(pid, remains->mark))
		return;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		unsigned long id = namespace_id(pid, kinds[k]);

		if (id != namespace_id("self", kinds[k]))
			hold_namespace(remains, id, pid, kinds[k]);
	}
}

int remains_note(struct remains *remains)
{
	each_process(collect, remains);
	return remains->count;
}

/* --- afterwards --- */

struct search {
	const struct remains *remains;
	int processes, holders;
	char names[1024];
};

static void name_it(struct search *search, const char *pid)
{
	char comm[64];
	size_t used = strlen(search->names);

	read_proc(pid, "comm", comm, sizeof(comm));
	snprintf(search->names + used, sizeof(search->names) - used, "%.20s %s", pid, comm);
}

/* Is a process of the lab left, or one in a namespace of the lab? */
static void look(const char *pid, void *arg)
{
	struct search *search = arg;
	bool holds = false, marked;

	if (is_zombie(pid))
		return;
	marked = has_mark(pid, search->remains->mark);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		holds |= has_namespace(search->remains, namespace_id(pid, kinds[k]));
	search->processes += marked;
	search->holders += holds;
	if (marked || holds)
		name_it(search, pid);
}

/* What is left, as a text that says it; "" when it is nothing. */
static void find_left(const struct remains *remains, char *text, size_t size)
{
	struct search search = {.remains = remains};
	char *links, *mounts, *sockets;

	*text = 0;
	/* Orphans come to us as they would to init, which reaps what has ended. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	each_process(look, &search);
	if (search.processes || search.holders) {
		snprintf(text, size, "%d processes of the lab and %d in its namespaces are left:\n%s",
			 search.processes, search.holders, search.names);
		return;
	}
	links = sh(LINKS);
	mounts = sh(MOUNTS);
	sockets = sh("cat /proc/net/unix");
	if (strstr(sockets, remains->lab))
		snprintf(text, size, "a socket of the lab is left");
	if (strcmp(links, remains->links))
		snprintf(text, size, "links were\n%sand are\n%s", remains->links, links);
	if (strcmp(mounts, remains->mounts))
		snprintf(text, size, "mounts were\n%sand are\n%s", remains->mounts, mounts);
	free(links);
	free(mounts);
	free(sockets);
}

static void end(struct remains *remains)
{
	for (int i = 0; i < remains->count; i++)
		close(remains->held[i]);
	remains->count = 0;
	free(remains->links);
	free(remains->mounts);
	unsetenv(MARK);
}

void remains_none(struct remains *remains, const char *when)
{
	uint64_t until = clock_now_us() + WITHIN_US;
	bool noted = remains->count > 0;
	char left[8192];

	for (;;) {
		find_left(remains, left, sizeof(left));
		if (!*left || clock_now_us() > until)
			break;
		poll(NULL, 0, 10);
	}
	end(remains);
	if (*left)
		fail_msg("%s: a minute after SIGKILL %s", when, left);
	if (!noted)
		fail_msg("%s: the lab had no namespaces of its own to look for", when);
}

/* --- the processes to kill --- */

pid_t remains_supervisor(const char *lab)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), length;
	char text[4096] = "";
	ssize_t n = -1;
	json_t *info;
	pid_t pid;

	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "phonelab/%u/%s",
			  (unsigned)getuid(), lab);
	if (!connect(fd, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) &&
	    write(fd, "info\n", 5) == 5)
		n = recv(fd, text, sizeof(text) - 1, MSG_WAITALL);
	close(fd);
	info = n > 0 ? json_loads(text, 0, NULL) : NULL;
	pid = (pid_t)json_integer_value(json_object_get(info, "pid"));
	json_decref(info);
	return pid;
}

pid_t remains_outer(pid_t supervisor)
{
	char pid[24], status[4096], *at;

	snprintf(pid, sizeof(pid), "%d", (int)supervisor);
	read_proc(pid, "status", status, sizeof(status));
	at = strstr(status, "\nPPid:");
	return at ? (pid_t)atoi(at + strlen("\nPPid:")) : 0;
}
