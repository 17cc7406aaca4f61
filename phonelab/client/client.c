#include "phonelab/client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "base/json_text.h"
#include "cable/netns.h"
#include "phonelab/client/relay.h"
#include "phonelab/client/run_program.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/address.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/node.h"
#include "phonelab/lab/simulated.h"
#include "phonelab/lab/status.h"
#include "phonelab/lab/program.h"

#define ELSEWHERE   " of the lab; run the command there, or use phonelab on the host"
#define INFO_MS	    5000
#define CONNECT_S   1  /* the queue of a lab that does not accept connections may be full */
#define LEAST_MS    20 /* for a reply that is there already */
#define EXERCISE_MS 1000
#define STATUS_MS   20000 /* the lab asks its simulators and call managers before it replies */

/* Connect to the outer process of a lab, and send a word. Returns the descriptor or a negative errno. */
static int send_word(const char *name, const char *word, struct fail *fail)
{
	const struct timeval limit = {.tv_sec = CONNECT_S};
	struct sockaddr_un address;
	socklen_t length = lab_address(name, &address);
	struct ucred peer;
	int fd;

	if (strlen(name) > 32)
		return fail_set(fail, -ENOENT, "no lab named \"%.40s\" is running", name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_set(fail, -errno, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, length))
		fail_set(fail, errno == EAGAIN ? -ETIMEDOUT : -ENOENT,
			 "no lab named \"%s\" is running; phonelab ls lists the running labs", name);
	else if (!lab_address_trusted(fd, &peer))
		fail_set(fail, -EPERM, "the socket of lab \"%s\" belongs to another user (uid %u)", name,
			 (unsigned)peer.uid);
	else if (send(fd, word, strlen(word), MSG_NOSIGNAL) < 0)
		fail_set(fail, -EPIPE, "lab \"%s\" has just ended", name);
	else
		return fd;
	close(fd);
	return fail->err;
}

/* The outer process has not answered; it may be stopped. */
static int silent(const char *name, pid_t outer, struct fail *fail)
{
	if (outer > 0 && program_stands_still(outer))
		return fail_set(
		    fail, -ETIMEDOUT,
		    "lab \"%s\" does not answer: its outer process %d is stopped; resume it with: "
		    "kill -CONT %d",
		    name, (int)outer, (int)outer);
	return fail_set(fail, -ETIMEDOUT, "lab \"%s\" does not answer: its outer process is %d", name,
			(int)outer);
}

/* Read the reply to the word "info" until a time. Closes fd. */
static int take_info(const char *name, int fd, uint64_t until_us, struct lab *lab, struct fail *fail)
{
	const char *text, *topology;
	json_int_t pid, phones, since;
	uint64_t now = clock_now_us();
	char line[2048];
	json_t *object;
	int up, err;
	struct ucred outer;

	lab_address_trusted(fd, &outer);
	err = read_all(fd, line, sizeof(line),
		       until_us > now + LEAST_MS * 1000 ? (int)((until_us - now) / 1000) : LEAST_MS);
	close(fd);
	object = err ? NULL : json_loads(line, 0, NULL);
	err = json_unpack(object, "{s:s,s:I,s:s,s:I,s:I,s:b}", "lab", &text, "pid", &pid, "topology",
			  &topology, "phones", &phones, "since", &since, "up", &up);
	if (!err) {
		*lab =
		    (struct lab){.pid = (pid_t)pid, .phones = (long)phones, .since = (time_t)since, .up = up};
		snprintf(lab->name, sizeof(lab->name), "%s", text);
		snprintf(lab->topology, sizeof(lab->topology), "%s", topology);
	}
	json_decref(object);
	if (err)
		return silent(name, outer.pid, fail);
	return 0;
}

static int info(const char *name, struct lab *lab, struct fail *fail)
{
	int fd = send_word(name, "info\n", fail);

	return fd < 0 ? fd : take_info(name, fd, clock_now_us() + INFO_MS * 1000, lab, fail);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct lab *)a)->name, ((const struct lab *)b)->name);
}

/* A lab that was asked for "info", and has not replied yet. */
struct asked {
	char name[40];
	int fd;
};

/* Ask each lab of this machine: *list is allocated, *count long. *unanswered is the reason if one does not accept. */
static int ask_labs(struct asked **list, size_t *count, struct fail *unanswered, struct fail *fail)
{
	FILE *in = fopen("/proc/net/unix", "re");
	char line[512];
	struct sockaddr_un any;
	const char *prefix = any.sun_path + 1;
	size_t room = 0;

	if (!in)
		return fail_set(fail, -errno, "/proc/net/unix: %s", strerror(errno));
	lab_address("", &any);
	while (fgets(line, sizeof(line), in)) {
		char *at = strstr(line, " @");
		struct fail reason = {0};
		bool twice = false;

		if (!at || strncmp(at + 2, prefix, strlen(prefix)))
			continue;
		at += 2 + strlen(prefix);
		at[strcspn(at, "\n@")] = 0;
		for (size_t i = 0; i < *count; i++) /* its connections are listed too */
			twice = twice || !strcmp((*list)[i].name, at);
		if (twice || strlen(at) >= sizeof((*list)->name))
			continue;
		if (*count == room) {
			struct asked *more = realloc(*list, (room = room ? room * 2 : 8) * sizeof(*more));

			if (!more)
				break;
			*list = more;
		}
		snprintf((*list)[*count].name, sizeof((*list)->name), "%s", at);
		(*list)[(*count)++].fd = send_word(at, "info\n", &reason);
		if (reason.err == -ETIMEDOUT)
			*unanswered = reason;
	}
	fclose(in);
	return 0;
}

/* client_labs; *unanswered is the reason if a lab does not answer. All labs answer within the same time. */
static int list_labs(struct lab **list, size_t *count, struct fail *unanswered, struct fail *fail)
{
	struct asked *asked = NULL;
	uint64_t until = clock_now_us() + INFO_MS * 1000;
	size_t n = 0;
	int err = ask_labs(&asked, &n, unanswered, fail);

	*count = 0;
	*list = n ? calloc(n, sizeof(**list)) : NULL;
	for (size_t i = 0; i < n; i++) {
		struct fail reason = {0};

		if (asked[i].fd < 0)
			continue;
		if (!*list)
			close(asked[i].fd);
		else if (!take_info(asked[i].name, asked[i].fd, until, &(*list)[*count], &reason))
			(*count)++;
		else if (reason.err == -ETIMEDOUT)
			*unanswered = reason;
	}
	free(asked);
	if (*count)
		qsort(*list, *count, sizeof(**list), by_name);
	return err;
}

int client_labs(struct lab **list, size_t *count, struct fail *fail)
{
	struct fail ignored = {0};

	return list_labs(list, count, &ignored, fail);
}

/* The lab whose run directory is mounted here, in a container: one without a supervisor. */
static bool mounted_here(const char *name, struct lab *lab)
{
	*lab = (struct lab){.pid = 0};
	return lab_file_here(lab->name) && (!name || !strcmp(name, lab->name));
}

int client_find(const char *name, struct lab *lab, struct fail *fail)
{
	struct fail unanswered = {0};
	struct lab *list;
	size_t count;
	int err;

	if (mounted_here(name, lab))
		return 0;
	if (name)
		return info(name, lab, fail);
	err = list_labs(&list, &count, &unanswered, fail);
	if (err)
		return err;
	if (count == 1)
		*lab = list[0];
	else if (!count && unanswered.err)
		err = fail_set(fail, unanswered.err, "%s", unanswered.text);
	else if (!count)
		err = fail_set(fail, -ENOENT, "no lab is running; start one with: phonelab up TOPOLOGY");
	else
		err = fail_set(fail, -EEXIST, "%zu labs are running (%s, %s%s); choose one with --lab LAB",
			       count, list[0].name, list[1].name, count > 2 ? ", ..." : "");
	free(list);
	return err;
}

int client_choose(const char *name, struct lab *lab)
{
	struct fail fail = {0};

	return client_find(name, lab, &fail) ? exit_complain(EXIT_USAGE, "%s", fail.text) : EXIT_AS_ASKED;
}

int client_down(const char *name, int timeout_ms, struct fail *fail)
{
	char text[64];
	int fd = send_word(name, "down\n", fail), err;

	if (fd < 0)
		return fd;
	err = read_all(fd, text, sizeof(text), timeout_ms);
	close(fd);
	return err ? fail_set(fail, err, "lab \"%s\" has not ended within %d s", name, timeout_ms / 1000) : 0;
}

void client_path(const struct lab *lab, const char *file, char *path, size_t size)
{
	if (lab->pid)
		snprintf(path, size, "/proc/%d/root" PLAN_PREFIX "/%s", (int)lab->pid, file);
	else
		snprintf(path, size, PLAN_PREFIX "/%s", file);
}

bool client_is_console(const struct lab *lab)
{
	char path[256];

	if (*lab->container || lab->relay)
		return false;
	client_path(lab, CLIENT_CLOSETS, path, sizeof(path));
	return !access(path, F_OK);
}

/* --- requests --- */

/* Is this a server of the lab, and with here, is this its network namespace? */
static bool is_server(const struct topology *topology, const char *name, bool here)
{
	struct node *nodes = NULL;
	struct fail ignored = {0};
	bool found = false;
	size_t count = 0;

	if (!node_list(topology, &nodes, &count, &ignored))
		for (size_t i = 0; i < count; i++)
			found = found || (!strcmp(nodes[i].name, name) &&
					  (!here || !node_has_addresses(&nodes[i], &ignored)));
	free(nodes);
	return found;
}

/* Does a process listen there? A killed process leaves its socket file behind. */
static bool listens(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	yes = fd >= 0 && strlen(path) < sizeof(address.sun_path) &&
	      (!connect(fd, (struct sockaddr *)&address, sizeof(address)) || errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	return yes;
}

int client_no_keeper(const char *verb, struct fail *fail)
{
	return fail_set(fail, -ECONNREFUSED,
			"%s: no keeper runs in this lab of containers; start it with: " CLIENT_COMPOSE
			" up -d keeper",
			verb);
}

/* The reply, as that of control_call. */
static json_t *answer_here(const json_t *request, int *fd, struct fail *fail)
{
	const char *verb = json_string_value(json_object_get(request, "do"));
	const char *node = json_string_value(json_object_get(request, "node"));
	struct topology *topology = lab_file_topology(fail);
	json_t *reply = NULL;

	if (topology && verb && !strcmp(verb, "status")) {
		const struct status_source source = {
		    .topology = topology, .name = topology->name, .switches = true, .phones = true};

		reply = status_assemble(&source);
		if (!reply)
			fail_set(fail, -ENOMEM, "out of memory");
	} else if (topology && verb && node && !strcmp(verb, "netns")) {
		reply = netns_of_simulated(topology, node, fd, fail);
		if (!reply && is_server(topology, node, true) && !netns_self(fd, fail))
			reply = json_pack("{s:s}", "interface", "eth0");
		else if (!reply && is_server(topology, node, false))
			fail_set(fail, -ENOENT, "%s is in another container" ELSEWHERE, node);
	} else if (topology) {
		client_no_keeper(verb ? verb : "nothing", fail);
	}
	topology_free(topology);
	return reply;
}

/* Does this command, inside a lab of containers, answer the request to the control socket at path itself? Namespaces
 * always, because only a process in a server's namespace can pass it on; status, if no keeper runs. */
static bool is_answered_here(const struct lab *lab, const char *socket, const char *path,
			     const json_t *request)
{
	const char *verb = json_string_value(json_object_get(request, "do"));
	char name[40];

	if (lab->pid || strcmp(socket, "lab.sock") || !lab_file_here(name))
		return false;
	return (verb && !strcmp(verb, "netns")) || !listens(path);
}

json_t *client_call(const struct lab *lab, const char *socket, json_t *request, int timeout_ms, int *fd,
		    struct fail *fail)
{
	json_t *reply;
	char path[256];

	client_path(lab, socket, path, sizeof(path));
	if (fd)
		*fd = -1;
	if (lab->relay)
		reply = relay_call(lab->relay, socket, request, timeout_ms, fail);
	else if (is_answered_here(lab, socket, path, request))
		reply = answer_here(request, fd, fail);
	else
		reply = control_call(path, request, timeout_ms, fd, fail);
	json_decref(request);
	return reply;
}

bool client_is_exercise(const json_t *reply, int err)
{
	return reply ? strcmp(json_text_or(reply, "phase", "none"), "none")
		     : err != -ENOENT && err != -ECONNREFUSED && err != -EINVAL;
}

bool client_has_exercise(const char *socket)
{
	struct fail fail = {0};
	json_t *reply = control_ask(socket, json_pack("{s:s,s:s}", "do", "exercise", "action", "state"),
				    EXERCISE_MS, NULL, &fail);
	bool yes = client_is_exercise(reply, fail.err);

	json_decref(reply);
	return yes;
}

json_t *client_status(const struct lab *lab, struct fail *fail)
{
	return client_call(lab, "lab.sock", json_pack("{s:s}", "do", "status"), STATUS_MS, NULL, fail);
}

int client_netns(const struct lab *lab, const char *node, json_t **reply, struct fail *fail)
{
	int fd = -1;
	json_t *answer = client_call(lab, "lab.sock", json_pack("{s:s,s:s}", "do", "netns", "node", node),
				     10000, &fd, fail);

	if (!answer)
		return -ENOENT;
	if (fd < 0)
		fail_set(fail, -EPROTO, "%s: the lab gave no namespace", node);
	if (reply && fd >= 0)
		*reply = answer;
	else
		json_decref(answer);
	return fd < 0 ? -EPROTO : fd;
}

static bool same_namespace(int fd, const char *path)
{
	struct stat there, own;

	return !fstat(fd, &there) && !stat(path, &own) && there.st_ino == own.st_ino;
}

int client_enter(const struct lab *lab, int netns, struct fail *fail)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = {
	    {"user", CLONE_NEWUSER}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET}, {"mnt", CLONE_NEWNS}};
	int err = 0, home, fds[4];
	char path[64];
	size_t n;

	if (!lab->pid && same_namespace(netns, "/proc/thread-self/ns/net"))
		return 0;
	if (!lab->pid) {
		err = netns_enter(netns, &home, fail);
		return err == -EPERM ? fail_set(fail, err, "the node is in another container" ELSEWHERE)
				     : err;
	}
	/* All paths under /proc are opened before the mount namespace, and with it /proc, changes. */
	for (n = 0; n < sizeof(kinds) / sizeof(kinds[0]) && !err; n++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)lab->pid, kinds[n].name);
		fds[n] = kinds[n].flag == CLONE_NEWNET ? fcntl(netns, F_DUPFD_CLOEXEC, 3)
						       : open(path, O_RDONLY | O_CLOEXEC);
		if (fds[n] < 0)
			err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	}
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].name);
		/* Our own user namespace cannot be entered again. */
		if (!err && !same_namespace(fds[i], path) && setns(fds[i], kinds[i].flag))
			err = fail_set(fail, -errno, "the %s namespace cannot be entered: %s", kinds[i].name,
				       strerror(errno));
		if (fds[i] >= 0)
			close(fds[i]);
	}
	return err;
}
