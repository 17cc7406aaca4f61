#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_text.h"
#include "phonelab/lab/capture.h"
#include "phonelab/lab/capture_keys.h"
#include "phonelab/client/client.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/inside.h"
#include "phonelab/closet/map.h"
#include "phonelab/closet/there.h"
#include "phonelab/topology/topology.h"

/* The name of the interface of a port: gi1-0-5 for Gi1/0/5; NULL if the switch has no such port. */
static const char *interface_of(json_t *reply, const char *port)
{
	const char *name = NULL, *key;
	json_t *value;

	if (!port)
		return json_string_value(json_object_get(reply, "interface"));
	json_object_foreach (json_object_get(reply, "interfaces"), key, value)
		if (!strcasecmp(key, port))
			name = json_string_value(value);
	return name;
}

/* A file with secrets is for its owner only, also if it was there before. A pipe or a device keeps its mode. */
static int open_file(const char *path, bool secret)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
	struct stat st;

	if (fd >= 0 && secret && !fstat(fd, &st) && S_ISREG(st.st_mode) && fchmod(fd, 0600)) {
		int err = errno;

		close(fd);
		fd = -1;
		errno = err;
	}
	if (fd < 0)
		exit_complain(EXIT_USAGE, "capture: %s: %s", path, strerror(errno));
	return fd;
}

static int open_output(const struct command_line *line)
{
	if (line->option[OPT_CAPTURE_WRITE].given && strcmp(line->option[OPT_CAPTURE_WRITE].text, "-"))
		return open_file(line->option[OPT_CAPTURE_WRITE].text,
				 line->option[OPT_CAPTURE_KEY_LOG].given);
	if (isatty(STDOUT_FILENO)) {
		exit_complain(EXIT_USAGE,
			      "capture: standard output is a terminal; write to a file with -w FILE, or to a "
			      "pipe: | tshark -r -");
		return -1;
	}
	return STDOUT_FILENO;
}

struct job {
	const struct command_line *line;
	const char *interface;
	bool once;
	int out;
	int key_log; /* -1: none */
};

/* Runs in the network namespace of the node until a signal or a limit ends the capture. */
static int capture_inside(void *arg)
{
	const struct job *job = arg;
	const struct command_line *line = job->line;
	struct capture_source source = {.netns = -1, .interface = job->interface, .once = job->once};
	struct capture *capture;
	struct fail fail = {0};
	sigset_t signals;
	int stop, status;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	stop = signalfd(-1, &signals, SFD_CLOEXEC);
	status = capture_open(&capture, &source, 1, job->out, &fail);
	if (status == -ENODEV)
		return exit_complain(
		    EXIT_USAGE,
		    "capture: no cable is plugged into \"%s\"; list the ports with: phonelab "
		    "show SWITCH interfaces status. Capture an interface of this machine itself: tcpdump -i "
		    "NIC",
		    line->word[0]);
	if (status)
		return exit_complain(EXIT_DEFECT, "capture: %s", fail.text);
	if (job->key_log >= 0 && capture_add_keys(capture, job->key_log, &fail))
		return exit_complain(EXIT_DEFECT, "capture: %s", fail.text);
	if (job->out != STDOUT_FILENO)
		print_to(stderr, "capturing at %s; Ctrl-C ends\n", line->word[0]);
	status = capture_run(capture, stop, (uint64_t)line->option[OPT_CAPTURE_COUNT].number,
			     (unsigned)line->option[OPT_CAPTURE_DURATION].number);
	if (job->out != STDOUT_FILENO)
		print_to(stderr, "%llu frames\n", (unsigned long long)capture_frames(capture));
	capture_close(capture);
	return status;
}

static json_t *load_file(const struct lab *lab, const char *name)
{
	char path[300];

	client_path(lab, name, path, sizeof(path));
	return json_load_file(path, 0, NULL);
}

/* The phones make the key log: report why there is none. */
static void complain_no_key_log(const struct lab *lab)
{
	json_t *native = load_file(lab, "intended/lab.json"), *rack = load_file(lab, "phones/rack.json");
	json_t *own = native ? native : load_file(lab, "lab.json"); /* in a container */
	const char *closet = json_text(own, "closet");

	if (*closet && strcmp(closet, TOPOLOGY_CORE))
		exit_complain(
		    EXIT_USAGE,
		    "capture: --key-log: the phones of closet %s write no key log; secure phones are "
		    "in core",
		    closet);
	else if (!json_object_get(rack, "key_log"))
		exit_complain(EXIT_USAGE,
			      "capture: --key-log: this lab has no key log; write \"key_log: true\" into its "
			      "topology and start the lab again");
	else if (!json_array_size(json_object_get(rack, "phones")))
		exit_complain(EXIT_USAGE, "capture: --key-log: the phones write the key log, and core has no "
					  "phones");
	else
		exit_complain(EXIT_USAGE, "capture: --key-log: the phones write the key log, and they have "
					  "not been started");
	json_decref(own);
	json_decref(rack);
}

/* Before the first frame: the secrets that the lab logs from now on. */
static int open_key_log(const struct lab *lab)
{
	struct fail fail = {0};
	char path[300];
	int log;

	client_path(lab, "keys/tls.log", path, sizeof(path));
	log = capture_keys_open(path, &fail);
	if (log == -ENOENT)
		complain_no_key_log(lab);
	else if (log < 0)
		exit_complain(EXIT_USAGE, "capture: %s", fail.text);
	return log;
}

static int run_into(const struct command_line *line, const struct lab *lab, const char *node,
		    const char *port)
{
	struct job job = {.line = line, .key_log = -1};
	json_t *reply = NULL;
	struct fail fail = {0};
	int netns, status;

	if (line->option[OPT_CAPTURE_KEY_LOG].given && (job.key_log = open_key_log(lab)) < 0)
		return EXIT_USAGE;
	job.out = open_output(line);
	if (job.out < 0) {
		if (job.key_log >= 0)
			close(job.key_log);
		return EXIT_USAGE;
	}
	netns = client_netns(lab, node, &reply, &fail);
	if (netns < 0) {
		status = exit_complain(EXIT_USAGE, "capture: %s", fail.text);
	} else {
		job.interface = interface_of(reply, port);
		/* All ports are the answer of a switch: a phone or a server has one interface. */
		job.once = !job.interface && !line->option[OPT_CAPTURE_BOTH].given;
		if (port && !job.interface)
			status =
			    exit_complain(EXIT_USAGE,
					  "capture: unknown port \"%s\" of %s; list the ports with: phonelab "
					  "show %s interfaces status",
					  port, node, node);
		else
			status = inside_run(lab, netns, capture_inside, &job);
		close(netns);
	}
	json_decref(reply);
	if (job.key_log >= 0)
		close(job.key_log);
	if (job.out != STDOUT_FILENO)
		close(job.out);
	return status;
}

/* The capture elsewhere writes to its standard output; argv has room for 10. */
static void arguments_elsewhere(const struct command_line *line, const char *place, const char *argv[10])
{
	size_t n = 0;

	argv[n++] = "capture";
	argv[n++] = place;
	if (line->option[OPT_CAPTURE_COUNT].given) {
		argv[n++] = "-c";
		argv[n++] = line->option[OPT_CAPTURE_COUNT].text;
	}
	if (line->option[OPT_CAPTURE_DURATION].given) {
		argv[n++] = "--duration";
		argv[n++] = line->option[OPT_CAPTURE_DURATION].text;
	}
	if (line->option[OPT_CAPTURE_BOTH].given)
		argv[n++] = "--both";
	if (line->option[OPT_CAPTURE_KEY_LOG].given)
		argv[n++] = "--key-log";
	argv[n] = NULL;
}

/* Run the capture in the container of the node; its standard output becomes ours. */
static int run_in_container(const struct command_line *line, const struct lab *lab, const char *place)
{
	const char *argv[11] = {"phonelab"};
	int out = open_output(line);
	char node[CLIENT_NODE];

	if (out < 0)
		return EXIT_USAGE;
	if (out != STDOUT_FILENO)
		dup2(out, STDOUT_FILENO);
	arguments_elsewhere(line, place, argv + 1);
	snprintf(node, sizeof(node), "%.*s", (int)strcspn(place, ":"), place);
	return containers_exec(lab, node, false, argv);
}

/* Run the capture in the closet of the node; its frames come back. */
static int run_there(const struct command_line *line, const struct lab *lab, const char *closet,
		     const char *place)
{
	const char *argv[10];
	int out = open_output(line), status;

	if (out < 0)
		return EXIT_USAGE;
	arguments_elsewhere(line, place, argv);
	status = there_run(lab, closet, argv, out);
	if (out != STDOUT_FILENO)
		close(out);
	return status;
}

int command_capture(const struct command_line *line)
{
	struct lab lab;
	struct fail fail = {0};
	char place[CLIENT_NODE], node[CLIENT_NODE], closet[64], *port;
	int status = 0;

	if (client_find(line->lab, &lab, &fail) != -ENOENT || containers_find(line->lab, &lab))
		status = client_choose(line->lab, &lab);
	if (status)
		return status;
	client_node_name(&lab, line->word[0], place);
	if (*lab.container)
		return run_in_container(line, &lab, place);
	snprintf(node, sizeof(node), "%.*s", (int)strcspn(place, ":"), place);
	if (map_closet_of(&lab, node, closet))
		return run_there(line, &lab, closet, place);
	port = strchr(place, ':');
	if (port)
		*port++ = 0;
	return run_into(line, &lab, place, port);
}
