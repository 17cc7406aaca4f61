/* Commands of the host that run inside a lab of containers. */
#include "phonelab/command/containers_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/containers.h"
#include "phonelab/document/file_id.h"
#include "phonelab/fault/client.h"

/* Does this action of `phonelab fault` need a lab? */
static bool fault_needs_lab(const struct command_line *line)
{
	static const char *const verbs[] = {"add", "clear", "proof", "healed", "boot"};
	const char *verb = line->word[0];

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verb, verbs[i]))
			return true;
	for (size_t i = 0; i < COMMAND_OPTIONS && !strcmp(verb, "ls"); i++)
		if (line->option[i].given && !strcmp(line->command->options[i].name, "--active"))
			return true;
	return false;
}

/* Does this action of `phonelab exercise` run in the lab of containers? start and score do only if --lab names the lab. */
static bool exercise_is_inside(const struct command_line *line)
{
	const char *verb = line->word[0];

	if (!strcmp(verb, "hint") || !strcmp(verb, "check"))
		return true;
	return line->lab && (!strcmp(verb, "start") || !strcmp(verb, "score"));
}

/* Does the command run inside? One that reads or writes files of the host does not. */
static bool runs_inside(const struct command *command, const struct command_line *line)
{
	if (command->run == command_fault)
		return fault_needs_lab(line);
	if (command->run == command_exercise)
		return exercise_is_inside(line);
	/* A folder of evidence or a capture is a file of the host. */
	for (size_t i = 0; command->run == command_why && i < COMMAND_OPTIONS; i++)
		if (line->option[i].given)
			return false;
	return command->inside;
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

/* The value of an option of the command, or NULL. */
static const char *option_text(const struct command *command, const struct command_line *line,
			       const char *name)
{
	for (size_t i = 0; i < COMMAND_OPTIONS && command->options[i].name; i++)
		if (!strcmp(command->options[i].name, name))
			return line->option[i].text;
	return NULL;
}

/* Exit if the arguments name files of the host, which a container cannot read. */
static void reject_files(const struct command *command, const struct command_line *line)
{
	if (option_text(command, line, "--csv"))
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

void containers_run(const struct command *command, const struct command_line *line, char **argv)
{
	const char *words[CONTAINERS_WORDS] = {"docker", "exec"};
	const char *name = line->lab, *file = NULL;
	bool named = command->run == command_status && line->words;
	char inside[200];
	struct lab lab;
	struct fail fail = {0};
	size_t n = 2;

	if (named)
		name = line->word[0];
	if (command->run == command_exercise && !name)
		name = option_text(command, line, "--name");
	if (!runs_inside(command, line) || client_find(name, &lab, &fail) != -ENOENT ||
	    containers_find(name, &lab))
		return;
	if (command->run == command_exercise)
		reject_files(command, line);
	if (command->run == command_fault && line->words > 1 && file_id_is_file(line->word[1]))
		file = line->word[1];
	if (file) {
		int status = send_file(file, inside);

		if (status)
			exit(status);
		words[n++] = "-i";
	}
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
