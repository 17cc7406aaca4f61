#include "phonelab/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "phonelab/client.h"
#include "phonelab/load.h"
#include "phonelab/outer.h"
#include "phonelab/self.h"
#include "phonelab/watch.h"

enum { DETACH, NAME, PHONES, TIMEOUT, CAPTURE, KEEP, DARK };

#define TIMEOUT_S   120
#define FRAME_MS    60	   /* between two drawings of the table */
#define CONFIRM_US  250000 /* between two looks into the call managers' tables */
#define LINE_MAX_UP 8192

/* Who watches a lab come up: reads the outer process's lines and the event stream. */
struct upper {
	struct topology *topology;
	struct watch *watch;
	struct lab lab;
	int report, events, signals;
	char line[LINE_MAX_UP], *event;
	size_t used, event_used, event_room;
	bool failed, up, ended, told, interrupted, dark;
	int status;
	uint64_t deadline, next_look;
};

/* "failed TEXT" and its like: newlines come escaped. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = 0;
}

static void on_line(struct upper *upper, char *line)
{
	char *text = strchr(line, ' ') ? strchr(line, ' ') + 1 : line + strlen(line);

	unescape(text);
	if (!strncmp(line, "pid ", 4)) {
		upper->lab.pid = (pid_t)atol(text);
	} else if (!strncmp(line, "starting ", 9)) {
		watch_say(upper->watch, "starting %s", text);
	} else if (!strncmp(line, "up", 2)) {
		upper->up = true;
		watch_say(upper->watch, "servers and switches are up; the phones %s",
			  upper->dark ? "are left dark" : "boot");
	} else if (!strncmp(line, "died ", 5)) {
		watch_end(upper->watch);
		fprintf(stderr, "phonelab: %s\n", text);
	} else if (!strncmp(line, "failed ", 7) || !strncmp(line, "usage ", 6) ||
		   !strncmp(line, "unfit ", 6)) {
		upper->failed = true;
		upper->status = *line == 'u' ? line[1] == 's' ? EXIT_USAGE : EXIT_UNFIT : EXIT_ASSERTION;
		watch_end(upper->watch);
		fprintf(stderr, "phonelab: %s\n", text);
	}
}

static void read_report(struct upper *upper)
{
	ssize_t n = read(upper->report, upper->line + upper->used, sizeof(upper->line) - upper->used - 1);
	char *end;

	if (n <= 0) {
		upper->ended = n == 0 || errno != EAGAIN;
		return;
	}
	upper->used += (size_t)n;
	while ((end = memchr(upper->line, '\n', upper->used))) {
		size_t length = (size_t)(end - upper->line) + 1;

		*end = 0;
		on_line(upper, upper->line);
		memmove(upper->line, upper->line + length, upper->used - length);
		upper->used -= length;
	}
	if (upper->used == sizeof(upper->line) - 1)
		upper->used = 0;
}

/* What has been added to events.jsonl, line by line. */
static void read_events(struct upper *upper)
{
	char path[256], *end, *at;
	ssize_t n;

	if (upper->events < 0 && upper->lab.pid) {
		client_path(&upper->lab, "events.jsonl", path, sizeof(path));
		upper->events = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (upper->events < 0)
		return;
	for (;;) {
		if (upper->event_used + 65536 > upper->event_room) {
			char *more = realloc(upper->event, upper->event_room + 262144);

			if (!more)
				return;
			upper->event = more;
			upper->event_room += 262144;
		}
		n = read(upper->events, upper->event + upper->event_used, 65536);
		if (n <= 0)
			return;
		upper->event_used += (size_t)n;
		at = upper->event;
		while ((end = memchr(at, '\n', upper->event_used - (size_t)(at - upper->event)))) {
			watch_event(upper->watch, at, (size_t)(end - at));
			at = end + 1;
		}
		upper->event_used -= (size_t)(at - upper->event);
		memmove(upper->event, at, upper->event_used);
	}
}

static json_t *ask_status(struct upper *upper)
{
	struct fail fail;

	return client_call(&upper->lab, "lab.sock", json_pack("{s:s}", "do", "status"), 15000, NULL, &fail);
}

static bool all_registered(const json_t *status)
{
	const json_t *phone;
	size_t i;

	json_array_foreach(json_object_get(status, "phones"), i, phone)
	{
		const char *state = json_string_value(json_object_get(phone, "state"));
		const json_t *last = json_array_get(json_object_get(phone, "steps"), 13);
		const char *end = json_string_value(json_object_get(last, "state"));

		/* To the end of the ladder: what follows the registration belongs to it. */
		if (!state || strcmp(state, "registered") || !end || !strcmp(end, "pending") ||
		    !strcmp(end, "active"))
			return false;
	}
	return json_array_size(json_object_get(status, "phones")) > 0;
}

static void next_things(const struct upper *upper)
{
	const struct topology_phone *phone = &upper->topology->phones[0];
	const char *sw = upper->topology->switches.items[phone->switch_index].name;
	const char *self = program_invocation_name;

	if (upper->dark) {
		printf(
		    "\n  No phone is plugged in. To plug a namespace of your own into the switch:\n"
		    "    phonelab exec %s -- cable --netns --panel /run/phonelab/switches/%s.panel --node me "
		    "-- sh\n",
		    sw, sw);
		return;
	}
	printf("\n  Next things to try, in another terminal:\n"
	       "    %s status\n"
	       "    %s show %s cdp neighbors\n"
	       "    %s show %s power inline\n"
	       "    %s exec %s -- ip -4 address\n"
	       "    %s capture %s | tshark -r -\n"
	       "    %s why %s\n",
	       self, self, sw, self, sw, self, phone->name, self, phone->name, self, phone->name);
	fflush(stdout);
}

/* Are they all registered, by the call managers' word too? Then say so. */
static bool look(struct upper *upper)
{
	json_t *status = ask_status(upper);
	bool good = all_registered(status);

	if (good) {
		watch_say(upper->watch, "all phones are registered");
		read_events(upper);
		watch_end(upper->watch);
		watch_summary(status, isatty(STDOUT_FILENO));
	}
	json_decref(status);
	return good;
}

static void time_is_up(struct upper *upper)
{
	json_t *status = upper->lab.pid ? ask_status(upper) : NULL;

	watch_end(upper->watch);
	fprintf(stderr, "phonelab: the time has passed\n");
	if (status)
		watch_stuck(status);
	json_decref(status);
}

/* Wait for something to happen, and take note. */
static void turn(struct upper *upper, int wait_ms)
{
	struct pollfd fds[2] = {{.fd = upper->report, .events = POLLIN},
				{.fd = upper->signals, .events = POLLIN}};
	struct signalfd_siginfo info;

	if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
		return;
	if (fds[0].revents)
		read_report(upper);
	while (read(upper->signals, &info, sizeof(info)) == sizeof(info))
		upper->interrupted = true;
	read_events(upper);
	watch_draw(upper->watch);
}

/* Until all are registered (or, of a dark lab, until it is up), the time has passed, or it has failed. */
static void climb(struct upper *upper)
{
	while (!upper->ended && !upper->failed && !upper->interrupted) {
		uint64_t now = clock_now_us();
		bool said = watch_registered(upper->watch) >= upper->topology->phone_count;

		if (upper->up && upper->dark) {
			watch_end(upper->watch);
			return;
		}
		if (now >= upper->deadline) {
			time_is_up(upper);
			upper->status = EXIT_ASSERTION;
			return;
		}
		if (upper->up && said && now >= upper->next_look) {
			if (look(upper))
				return;
			upper->next_look = clock_now_us() + CONFIRM_US;
		}
		turn(upper, FRAME_MS);
	}
}

static void end_lab(struct upper *upper)
{
	struct fail fail;

	printf("\n  ending the lab\n");
	fflush(stdout);
	if (client_down(upper->lab.name, 30000, &fail))
		command_complain(EXIT_DEFECT, "%s", fail.text);
	else
		printf("  lab %s is down\n", upper->lab.name);
}

/* The lab runs on in front of the user until Ctrl-C, or until it fails. */
static void stay(struct upper *upper)
{
	next_things(upper);
	printf("\n  Ctrl-C ends the lab.\n");
	fflush(stdout);
	while (!upper->ended && !upper->failed && !upper->interrupted) {
		struct pollfd fds[2] = {{.fd = upper->report, .events = POLLIN},
					{.fd = upper->signals, .events = POLLIN}};
		struct signalfd_siginfo info;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents)
			read_report(upper);
		while (read(upper->signals, &info, sizeof(info)) == sizeof(info))
			upper->interrupted = true;
	}
}

static int watch_lab(struct upper *upper, bool detach)
{
	climb(upper);
	if (upper->failed || upper->ended) {
		/* The outer process ends what is left; its end is the end of the pipe. */
		while (!upper->ended)
			turn(upper, 1000);
		return upper->status ? upper->status : EXIT_DEFECT;
	}
	if (upper->interrupted) {
		end_lab(upper);
		return 130;
	}
	if (detach) {
		printf("\n  lab %s %s; phonelab down %s ends it\n", upper->lab.name,
		       upper->status ? "goes on" : "is up", upper->lab.name);
		return upper->status;
	}
	stay(upper);
	if (upper->interrupted)
		end_lab(upper);
	while (!upper->ended)
		read_report(upper);
	return upper->failed ? upper->status : EXIT_AS_ASKED;
}

/* --- starting the outer process --- */

static int open_capture(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

/* A folder as an absolute path, made when missing; NULL with the complaint printed. */
static char *absolute_folder(const char *path)
{
	char *real;

	if (mkdir(path, 0755) && errno != EEXIST) {
		command_complain(EXIT_USAGE, "up: --keep: %s: %s", path, strerror(errno));
		return NULL;
	}
	real = realpath(path, NULL);
	if (!real)
		command_complain(EXIT_USAGE, "up: --keep: %s: %s", path, strerror(errno));
	return real;
}

/* In the new process: a session of its own, so that the terminal's Ctrl-C is the watcher's. */
static void __attribute__((noreturn)) be_outer(struct outer_options *options, bool detach, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	if (!detach) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_DEFECT);
	}
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (detach)
			dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (detach && chdir("/"))
		_exit(EXIT_DEFECT);
	_exit(outer_run(options));
}

static int start(struct upper *upper, struct outer_options *options, bool detach)
{
	sigset_t signals, before;
	pid_t parent = getpid(), pid;
	int pipes[2];

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (pipe2(pipes, O_CLOEXEC))
		return command_complain(EXIT_DEFECT, "pipe: %s", strerror(errno));
	options->report = pipes[1];
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return command_complain(EXIT_UNFIT, "cannot fork: %s", strerror(errno));
	if (!pid) {
		close(pipes[0]);
		be_outer(options, detach, parent);
	}
	close(pipes[1]);
	sigprocmask(SIG_BLOCK, &signals, &before);
	upper->report = pipes[0];
	fcntl(upper->report, F_SETFL, O_NONBLOCK);
	upper->signals = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return upper->signals < 0 ? command_complain(EXIT_DEFECT, "signalfd: %s", strerror(errno)) : 0;
}

static bool good_name(const char *name)
{
	size_t length = strlen(name);

	return length >= 1 && length <= 32 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == length;
}

static int run_with(const struct command_line *line, struct topology *topology)
{
	struct outer_options options = {.topology = topology, .name = topology->name, .capture = -1};
	struct upper upper = {.topology = topology, .events = -1, .report = -1, .signals = -1};
	bool detach = line->option[DETACH].said;
	long timeout = line->option[TIMEOUT].said ? line->option[TIMEOUT].number : TIMEOUT_S;
	char *keep = NULL;
	struct fail fail;
	int status;

	if (line->option[NAME].said)
		options.name = line->option[NAME].text;
	if (!good_name(options.name))
		return command_complain(
		    EXIT_USAGE, "up: --name: found \"%s\", expected 1 to 32 letters, digits, - _ or .",
		    options.name);
	if (self_check(&fail))
		return command_complain(EXIT_DEFECT, "%s", fail.text);
	if (line->option[CAPTURE].said && (options.capture = open_capture(line->option[CAPTURE].text)) < 0)
		return command_complain(EXIT_USAGE, "up: --capture: %s: %s", line->option[CAPTURE].text,
					strerror(errno));
	if (line->option[KEEP].said && !(keep = absolute_folder(line->option[KEEP].text)))
		return EXIT_USAGE;
	options.keep = keep;
	options.background = detach;
	options.dark = upper.dark = line->option[DARK].said;
	snprintf(upper.lab.name, sizeof(upper.lab.name), "%s", options.name);
	upper.watch = watch_new(topology, upper.lab.name, isatty(STDOUT_FILENO));
	upper.deadline = clock_now_us() + (uint64_t)timeout * 1000000;
	status = upper.watch ? start(&upper, &options, detach) : EXIT_DEFECT;
	if (!status)
		status = watch_lab(&upper, detach);
	watch_free(upper.watch);
	free(upper.event);
	free(keep);
	if (options.capture >= 0)
		close(options.capture);
	return status;
}

static int run(const struct command_line *line)
{
	size_t phones = line->option[PHONES].said ? (size_t)line->option[PHONES].number : 0;
	struct topology *topology = load_topology(line->word[0], phones);
	int status;

	if (!topology)
		return EXIT_USAGE;
	status = run_with(line, topology);
	topology_free(topology);
	return status;
}

const struct command command_up = {
    .name = "up",
    .synopsis =
	"[-d] [--name LAB] [--phones N] [--timeout S] [--capture FILE] [--keep DIR] [--dark] TOPOLOGY",
    .title = "start a lab, and watch its phones register",
    .help =
	"Without -d the lab runs until Ctrl-C, and nothing of it is left then. No root is needed where the\n"
	"machine allows user namespaces (phonelab doctor).\n",
    .least = 1,
    .most = 1,
    .options = {{"-d", "--detach", OPTION_FLAG, NULL, 0, 0,
		 "return once every phone is registered (0) or the time has passed (1); the lab goes on"},
		{"--name", NULL, OPTION_TEXT, "LAB", 0, 0, "name of the lab; the topology's when not said"},
		{"--phones", NULL, OPTION_NUMBER, "N", 1, 4096,
		 "so many phones: stack members, pools, power and limits are sized to fit"},
		{"--timeout", NULL, OPTION_NUMBER, "S", 1, 86400,
		 "seconds for every phone to register (120)"},
		{"--capture", NULL, OPTION_TEXT, "FILE", 0, 0,
		 "capture at all switch ports, from before the first phone is plugged in (pcapng)"},
		{"--keep", NULL, OPTION_TEXT, "DIR", 0, 0, "copy logs and events there when the lab ends"},
		{"--dark", NULL, OPTION_FLAG, NULL, 0, 0,
		 "all but the phones: switches and servers, provisioned for them"}},
    .run = run,
};
