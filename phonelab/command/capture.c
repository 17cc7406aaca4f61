#include "phonelab/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "phonelab/lab/capture.h"
#include "phonelab/client/client.h"
#include "phonelab/client/containers.h"
#include "phonelab/client/inside.h"

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

static int open_output(const struct command_line *line)
{
	int fd;

	if (line->option[OPT_CAPTURE_WRITE].given && strcmp(line->option[OPT_CAPTURE_WRITE].text, "-")) {
		fd = open(line->option[OPT_CAPTURE_WRITE].text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0644);
		if (fd < 0)
			exit_complain(EXIT_USAGE, "capture: %s: %s", line->option[OPT_CAPTURE_WRITE].text,
				      strerror(errno));
		return fd;
	}
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
	if (job->out != STDOUT_FILENO)
		print_to(stderr, "capturing at %s; Ctrl-C ends\n", line->word[0]);
	status = capture_run(capture, stop, (uint64_t)line->option[OPT_CAPTURE_COUNT].number,
			     (unsigned)line->option[OPT_CAPTURE_DURATION].number);
	if (job->out != STDOUT_FILENO)
		print_to(stderr, "%llu frames\n", (unsigned long long)capture_frames(capture));
	capture_close(capture);
	return status;
}

static int run_into(const struct command_line *line, const struct lab *lab, const char *node,
		    const char *port)
{
	struct job job = {.line = line};
	json_t *reply = NULL;
	struct fail fail = {0};
	int netns, status;

	job.out = open_output(line);
	if (job.out < 0)
		return EXIT_USAGE;
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
	if (job.out != STDOUT_FILENO)
		close(job.out);
	return status;
}

/* Run the capture in the container of the node; its standard output becomes ours. */
static int run_in_container(const struct command_line *line, const struct lab *lab, const char *node)
{
	const char *argv[] = {"phonelab", "capture", line->word[0], NULL, NULL, NULL, NULL, NULL, NULL};
	size_t n = 3;
	int out = open_output(line);

	if (out < 0)
		return EXIT_USAGE;
	if (out != STDOUT_FILENO)
		dup2(out, STDOUT_FILENO);
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
	return containers_exec(lab, node, false, argv);
}

int command_capture(const struct command_line *line)
{
	struct lab lab;
	struct fail fail = {0};
	const char *colon = strchr(line->word[0], ':');
	char node[512];
	int status;

	snprintf(node, sizeof(node), "%.*s", (int)strcspn(line->word[0], ":"), line->word[0]);
	if (client_find(line->lab, &lab, &fail) == -ENOENT && !containers_find(line->lab, &lab))
		return run_in_container(line, &lab, node);
	status = client_choose(line->lab, &lab);
	return status ? status : run_into(line, &lab, node, colon ? colon + 1 : NULL);
}
