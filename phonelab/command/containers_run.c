/* Commands of the host that run inside a lab of containers. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/containers.h"
#include "phonelab/client/follow.h"
#include "phonelab/document/file_id.h"
#include "phonelab/fault/client.h"

/* Does this action of `phonelab fault` need a lab? */
static bool fault_needs_lab(const struct command_line *line)
{
	static const char *const verbs[] = {"add", "clear", "proof", "healed", "boot"};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(line->word[0], verbs[i]))
			return true;
	return !strcmp(line->word[0], "ls") && line->option[OPT_FAULT_ACTIVE].given;
}

/* Does this action of `phonelab exercise` run in the lab of containers? start and score do only if --lab names the lab. */
static bool exercise_is_inside(const struct command_line *line)
{
	const char *verb = line->word[0];

	if (!strcmp(verb, "hint") || !strcmp(verb, "check") || !strcmp(verb, "show") || !strcmp(verb, "new"))
		return true;
	return line->lab && (!strcmp(verb, "start") || !strcmp(verb, "score"));
}

/* Does the command run inside? One that reads or writes files of the host does not. */
static bool runs_inside(const struct command_line *line)
{
	if (line->command->run == command_fault)
		return fault_needs_lab(line);
	if (line->command->run == command_exercise)
		return exercise_is_inside(line);
	/* A folder of evidence or a capture is a file of the host. */
	if (line->command->run == command_why)
		return !line->option[OPT_WHY_FOLDER].given && !line->option[OPT_WHY_CAPTURE].given;
	if (line->command->run == command_console && line->option[OPT_CONSOLE_TOPOLOGY].given)
		return false;
	return line->command->inside;
}

/* Does the command go on until it is interrupted? */
static bool goes_on(const struct command_line *line)
{
	const struct command *command = line->command;

	return command->run == command_watch ||
	       (command->run == command_status && line->option[OPT_STATUS_WATCH].given) ||
	       (command->run == command_events && line->option[OPT_EVENTS_FOLLOW].given) ||
	       (command->run == command_logs && line->option[OPT_LOGS_FOLLOW].given);
}

/* The options of `docker exec` for such a command. With a terminal the keys reach it. Without one its standard input ends
 * together with the docker client: a signal to the client does not reach the container. Returns the number of words. */
static size_t going_on_options(const char *words[])
{
	static const char *const passed[] = {"TERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"};
	size_t n = 0;
	int pipes[2];

	words[n++] = "-i";
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		words[n++] = "-t";
	} else if (!pipe(pipes) && dup2(pipes[0], STDIN_FILENO) == STDIN_FILENO) {
		/* The other end stays open in the docker client. */
		close(pipes[0]);
		words[n++] = "-e";
		words[n++] = FOLLOW_STDIN "=1";
	}
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (getenv(passed[i])) {
			words[n++] = "-e";
			words[n++] = passed[i];
		}
	return n;
}

/* Make the user's file of faults the standard input of the command inside. 0, or an exit status with the reason
 * printed. */
static int send_file(const char *what, char inside[200])
{
	const char *hash = strrchr(what, '#');
	struct fault_set *set;
	struct fail fail = {0};
	FILE *to = tmpfile();

	if (!fault_named(what, &set, &fail)) {
		if (to)
			fclose(to);
		return exit_complain(EXIT_USAGE, "fault: %s", fail.text);
	}
	snprintf(inside, 200, "/dev/stdin%s", hash ? hash : "");
	if (!to || fputs(set->text, to) < 0 || fflush(to) || fseek(to, 0, SEEK_SET) ||
	    dup2(fileno(to), STDIN_FILENO) < 0)
		fail_set(&fail, -EIO, "a temporary file cannot be written: %s", strerror(errno));
	else
		*fail.text = 0;
	fault_set_free(set);
	return *fail.text ? exit_complain(EXIT_UNFIT, "fault: %s", fail.text) : 0;
}

/* Exit if the arguments name files of the host, which a container cannot read. */
static void reject_files(const struct command_line *line)
{
	if (line->option[OPT_EXERCISE_CSV].given)
		exit(exit_complain(
		    EXIT_USAGE,
		    "exercise: --csv does not work in a lab of containers; its results are on its "
		    "volume. Print them with: phonelab exercise score"));
	if (line->words > 1 && file_id_is_file(line->word[1]))
		exit(exit_complain(
		    EXIT_USAGE,
		    "exercise: a lab of containers cannot read the file %s of the host. Use: docker "
		    "compose run --rm -v \"$PWD:/mine:ro\" phonelab exercise start /mine/FILE",
		    line->word[1]));
}

void containers_run(const struct command_line *line, char **argv)
{
	const bool fault = line->command->run == command_fault;
	const bool exercise = line->command->run == command_exercise;
	const char *words[CONTAINERS_WORDS] = {"docker", "exec"};
	const char *name = line->lab, *file = NULL;
	bool named =
	    line->words && (line->command->run == command_status || line->command->run == command_watch ||
			    line->command->run == command_events);
	char inside[200];
	struct lab lab;
	struct fail fail = {0};
	size_t n = 2;

	if (named)
		name = line->word[0];
	if (exercise && !name)
		name = line->option[OPT_EXERCISE_NAME].text;
	if (!runs_inside(line) || client_find(name, &lab, &fail) != -ENOENT || containers_find(name, &lab))
		return;
	if (exercise)
		reject_files(line);
	if (fault && line->words > 1 && file_id_is_file(line->word[1]))
		file = line->word[1];
	if (file) {
		int status = send_file(file, inside);

		if (status)
			exit(status);
		words[n++] = "-i";
	}
	if (goes_on(line))
		n += going_on_options(&words[n]);
	if (getenv("PHONELAB_DEBUG")) {
		words[n++] = "-e";
		words[n++] = "PHONELAB_DEBUG";
	}
	words[n++] = lab.container;
	words[n++] = "phonelab";
	for (size_t i = 0; argv[i] && n < CONTAINERS_WORDS - 1; i++)
		if (!named || argv[i] != name)
			words[n++] = argv[i] == file && file ? inside : argv[i];
	containers_become(words);
}
