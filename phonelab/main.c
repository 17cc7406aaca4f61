/* The program phonelab: global options, help, and the call of one command of the table. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "phonelab/command/command.h"

static int help(void)
{
	puts("phonelab: a testbed on which desk phones boot, from Power over Ethernet to registered\n\n"
	     "usage: phonelab [-d TOKEN[,TOKEN]] [--lab LAB] COMMAND [OPTION...] [ARGUMENT...]\n");
	for (size_t i = 0; commands[i].name; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].title);
	fputs("\nIf several labs are running, choose one with --lab LAB, or with PHONELAB_LAB in the "
	      "environment.\n"
	      "-d, --debug TOKEN[,TOKEN] prints debug messages of this command and of the programs that it\n"
	      "starts. Tokens: all",
	      stdout);
	for (int i = 0; i < LOG_TOKENS; i++)
		printf(", %s", log_token_name((enum log_token)i));
	puts("\nHelp of one command: phonelab COMMAND --help\n"
	     "Exit status: 0 success; 1 an assertion failed; 2 wrong usage or an invalid file;\n"
	     "3 this machine does not meet the requirements; 4 a defect in phonelab.");
	return EXIT_AS_ASKED;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; commands[i].name; i++)
		if (!strcmp(commands[i].name, name) ||
		    (commands[i].older && !strcmp(commands[i].older, name)))
			return &commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; commands[i].name; i++)
		nearest_offer(&nearest, commands[i].name);
	if (nearest.best)
		return exit_complain(EXIT_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", name,
				     nearest.best);
	return exit_complain(EXIT_USAGE, "unknown command \"%s\"; list of commands: phonelab help", name);
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

/* Remove --lab LAB from the arguments before "--". 0, or -1 if its value is missing. */
static int take_lab(int *argc, char **argv, const char **lab)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "--")) {
			while (i < *argc)
				argv[kept++] = argv[i++];
			break;
		}
		if (!strncmp(argv[i], "--lab=", 6)) {
			*lab = argv[i] + 6;
		} else if (!strcmp(argv[i], "--lab")) {
			if (i + 1 >= *argc)
				return -1;
			*lab = argv[++i];
		} else {
			argv[kept++] = argv[i];
		}
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

/* Enable debug tokens in this process, and in the programs that it starts through PHONELAB_DEBUG. */
static int enable_debug(const char *list, struct fail *fail)
{
	const char *old = getenv("PHONELAB_DEBUG");
	char both[512];
	int err = log_enable(list, fail);

	if (err)
		return err;
	snprintf(both, sizeof(both), "%s%s%.255s", old ? old : "", old && *old ? "," : "", list);
	setenv("PHONELAB_DEBUG", both, 1);
	return 0;
}

/* Remove the global -d TOKEN[,TOKEN] and --debug TOKEN[,TOKEN] that stand before the command. 0, or -EINVAL. */
static int take_debug(int *argc, char **argv, struct fail *fail)
{
	int at = 1, kept = 1, err = 0;

	for (; at < *argc && !err; at++) {
		if (!strncmp(argv[at], "--debug=", 8))
			err = enable_debug(argv[at] + 8, fail);
		else if (strcmp(argv[at], "-d") && strcmp(argv[at], "--debug"))
			break;
		else if (at + 1 < *argc)
			err = enable_debug(argv[++at], fail);
		else
			err = fail_set(fail, -EINVAL, "%s needs a value: TOKEN[,TOKEN]", argv[at]);
	}
	while (at < *argc)
		argv[kept++] = argv[at++];
	argv[kept] = NULL;
	*argc = kept;
	return err;
}

/* What to do without a command: print help or the version. -1 if argv names a command. */
static int run_without_command(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		help();
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || (!strcmp(argv[1], "help") && argc == 2))
		return help();
	if (!strcmp(argv[1], "--version"))
		return command_version();
	if (strcmp(argv[1], "help"))
		return -1;
	if (argc > 3)
		return exit_complain(
		    EXIT_USAGE, "help: unexpected argument \"%s\"; usage: phonelab help [COMMAND]", argv[3]);
	command = find(argv[2]);
	if (!command)
		return unknown(argv[2]);
	command_help(command);
	return EXIT_AS_ASKED;
}

int main(int argc, char **argv)
{
	const char *lab = getenv("PHONELAB_LAB");
	const struct command *command;
	struct command_line line;
	struct fail fail = {0};
	int status;

	if (lab && !*lab)
		lab = NULL;
	signal(SIGPIPE, SIG_IGN);
	log_begin("phonelab");
	if (take_lab(&argc, argv, &lab))
		return exit_complain(EXIT_USAGE, "--lab needs a value: the name of a lab");
	if (take_debug(&argc, argv, &fail))
		return exit_complain(EXIT_USAGE, "%s", fail.text);
	status = run_without_command(argc, argv);
	if (status >= 0)
		return status;
	command = find(argv[1]);
	if (!command)
		return unknown(argv[1]);
	if (wants_help(argc - 2, argv + 2)) {
		command_help(command);
		return EXIT_AS_ASKED;
	}
	if (command_parse(command, argc - 2, argv + 2, &line, &fail))
		return exit_complain(EXIT_USAGE, "%s", fail.text);
	line.lab = lab;
	containers_run(&line, argv + 1);
	if (command->files)
		command_copy_files(&line);
	return command->run(&line);
}
