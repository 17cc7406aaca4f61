/* The processes in the namespace of a node, which of them are its programs, and which listen. */
#include "phonelab/lab/inspect.h"

#include <ctype.h>
#include <dirent.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json_text.h"
#include "cucm/rpc.h"

#define COMMAND_LINE 4096
#define DESCRIPTORS  4096 /* of one process that are looked at */
#define RPC_MS	     200

struct process {
	int pid, parent;
	unsigned uid, gid;
	unsigned long long capabilities; /* effective */
	char state;
	unsigned long long start; /* ticks after the boot of the machine */
	char name[20];
	char command[COMMAND_LINE]; /* its words, each with its NUL */
	size_t length;
};

struct processes {
	struct process *items;
	size_t n;
};

/* Read the file of a process; the number of octets, 0 if it has ended. */
static size_t read_proc(int pid, const char *file, char *bytes, size_t size)
{
	char path[48];
	size_t n = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	in = fopen(path, "re");
	if (in) {
		n = fread(bytes, 1, size - 1, in);
		fclose(in);
	}
	bytes[n] = 0;
	return n;
}

static bool read_process(int pid, struct process *process)
{
	char text[4096], *name, *end, *uid;

	*process = (struct process){.pid = pid};
	if (!read_proc(pid, "stat", text, sizeof(text)))
		return false;
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end || end < name ||
	    sscanf(end + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		   &process->state, &process->parent, &process->start) != 3)
		return false;
	snprintf(process->name, sizeof(process->name), "%.*s", (int)(end - name - 1), name + 1);
	process->length = read_proc(pid, "cmdline", process->command, sizeof(process->command));
	read_proc(pid, "status", text, sizeof(text));
	uid = strstr(text, "\nUid:");
	if (uid && sscanf(uid, " Uid: %*u %u", &process->uid) == 1 && (uid = strstr(uid, "\nGid:")))
		(void)!sscanf(uid, " Gid: %*u %u", &process->gid);
	if (uid && (uid = strstr(uid, "\nCapEff:")))
		(void)!sscanf(uid, " CapEff: %llx", &process->capabilities);
	return true;
}

/* All processes in the network namespace of this thread, except this one. */
static void read_processes(struct processes *processes)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct stat here, there;
	char path[48];

	processes->items = calloc(INSPECT_MOST, sizeof(*processes->items));
	if (stat("/proc/thread-self/ns/net", &here))
		here.st_ino = 0;
	while (proc && processes->items && processes->n < INSPECT_MOST && (entry = readdir(proc))) {
		int pid = atoi(entry->d_name);

		snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
		if (pid <= 0 || pid == getpid() || stat(path, &there) || there.st_ino != here.st_ino)
			continue;
		processes->n += read_process(pid, &processes->items[processes->n]);
	}
	if (proc)
		closedir(proc);
}

/* Does the command line end with the program's? An interpreter may stand before it. */
static bool runs(const struct process *process, char *const *argv)
{
	char words[COMMAND_LINE];
	size_t length = 0;

	for (; *argv; argv++) {
		size_t n = strlen(*argv) + 1;

		if (length + n > sizeof(words))
			return false;
		memcpy(words + length, *argv, n);
		length += n;
	}
	return length && process->length >= length &&
	       !memcmp(process->command + process->length - length, words, length) &&
	       (process->length == length || !process->command[process->length - length - 1]);
}

static const struct process *by_pid(const struct processes *processes, int pid)
{
	for (size_t i = 0; i < processes->n; i++)
		if (processes->items[i].pid == pid)
			return &processes->items[i];
	return NULL;
}

/* The first process of the program: no process of the same program has started it. */
static const struct process *find_program(const struct processes *processes, char *const *argv)
{
	for (size_t i = 0; i < processes->n; i++) {
		const struct process *it = &processes->items[i], *parent = by_pid(processes, it->parent);

		if (it->state != 'Z' && runs(it, argv) && !(parent && runs(parent, argv)))
			return it;
	}
	return NULL;
}

static bool stands(const struct process *process)
{
	return process->state == 'T' || process->state == 't';
}

/* When a process started, in microseconds since 1970. */
static json_int_t start_time(const struct process *process)
{
	struct timespec now, up;
	long ticks = sysconf(_SC_CLK_TCK);
	long long since_us =
	    (long long)(process->start * 1000000 / (unsigned long long)(ticks > 0 ? ticks : 100));

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (now.tv_sec - up.tv_sec) * 1000000ll + (now.tv_nsec - up.tv_nsec) / 1000 + since_us;
}

/* The list of its processes that a call manager itself has: [{"PID","DSC"}], or NULL. */
static json_t *worker_table(const struct inspect_target *target)
{
	struct fail ignored = {0};
	json_t *result = NULL;
	char path[300];

	snprintf(path, sizeof(path), "%s/cucm/%s/rpc", target->directory, target->name);
	if (cucm_rpc_call(path, "core.psx", NULL, RPC_MS, &result, &ignored))
		return NULL;
	return result;
}

static const char *role_of(const json_t *table, int pid)
{
	const json_t *one;
	size_t i;

	json_array_foreach (table, i, one)
		if (json_int(one, "PID") == pid)
			return json_text(one, "DSC");
	return "";
}

/* Count the children of a program; list those that stand still, and those that its own table has and that are gone. */
static void add_workers(json_t *program, const struct processes *processes, const struct process *first,
			const json_t *table)
{
	const json_t *one;
	json_int_t workers = 0;
	size_t i;

	for (i = 0; i < processes->n; i++) {
		const struct process *it = &processes->items[i];

		if (it->parent != first->pid)
			continue;
		workers += it->state != 'Z';
		if (stands(it) && !stands(first))
			inspect_append(
			    program, "paused_workers", INSPECT_MOST,
			    json_pack("{s:i,s:s}", "pid", it->pid, "role", role_of(table, it->pid)));
	}
	json_object_set_new(program, "workers", json_integer(workers));
	json_array_foreach (table, i, one) {
		int pid = (int)json_int(one, "PID");
		const struct process *it = by_pid(processes, pid);

		if (pid && (!it || it->state == 'Z'))
			inspect_append(
			    program, "missing_workers", INSPECT_MOST,
			    json_pack("{s:i,s:o}", "pid", pid, "role", json_text_new(json_text(one, "DSC"))));
	}
}

static json_t *program_object(const struct inspect_target *target, const struct server_program *program,
			      const struct processes *processes)
{
	const struct process *first = find_program(processes, program->argv);
	json_t *object = json_pack("{s:s,s:s}", "name", program->name, "kind", program->kind), *table = NULL;

	if (!first) {
		/* The command of a user may become another program. */
		json_object_set_new(object, "state", json_string(program->command ? "stopped" : "unknown"));
		return object;
	}
	json_object_set_new(object, "state", json_string(stands(first) ? "paused" : "running"));
	json_object_set_new(object, "pid", json_integer(first->pid));
	json_object_set_new(object, "uid", json_integer(first->uid));
	json_object_set_new(object, "gid", json_integer(first->gid));
	if (first->capabilities & (1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH))
		json_object_set_new(object, "overrides", json_true());
	json_object_set_new(object, "started", json_integer(start_time(first)));
	if (program->command && program->command->program == CUCM_PROGRAM_KAMAILIO && !stands(first))
		table = worker_table(target);
	add_workers(object, processes, first, table);
	json_decref(table);
	return object;
}

/* Name the process behind each listening socket that this one has. */
static void name_listeners(json_t *object, const struct process *process)
{
	char path[48], name[64], target[64];
	DIR *folder;
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%d/fd", process->pid);
	folder = opendir(path);
	for (int n = 0; folder && n < DESCRIPTORS && (entry = readdir(folder)); n++) {
		unsigned long long inode;
		json_t *one;
		ssize_t length;
		size_t i;

		snprintf(name, sizeof(name), "%s/%.10s", path, entry->d_name);
		length = readlink(name, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = 0;
		if (sscanf(target, "socket:[%llu]", &inode) != 1)
			continue;
		json_array_foreach (json_object_get(object, "listeners"), i, one)
			if (json_int(one, "inode") == (long long)inode && !json_object_get(one, "pid")) {
				json_object_set_new(one, "pid", json_integer(process->pid));
				json_object_set_new(one, "program", json_text_new(process->name));
			}
	}
	if (folder)
		closedir(folder);
}

void inspect_processes(json_t *object, const struct inspect_target *target)
{
	struct processes processes = {0};
	size_t i;

	read_processes(&processes);
	json_object_set_new(object, "programs", json_array());
	for (i = 0; target->programs && i < target->programs->n; i++)
		if (!strcmp(target->programs->items[i].node, target->name))
			inspect_append(object, "programs", INSPECT_MOST,
				       program_object(target, &target->programs->items[i], &processes));
	/* The processes that were started first have the sockets; those that they forked share them. */
	for (i = 0; i < processes.n; i++)
		name_listeners(object, &processes.items[i]);
	free(processes.items);
}
