/* phonelab: the command. A table of commands, a file each. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/version.h"
#include "phonelab/command/command.h"
#include "phonelab/command/containers_run.h"

static int help(void)
{
	puts("phonelab: a bench on which desk phones boot, from Power over Ethernet to registered\n\n"
	     "usage: phonelab COMMAND [OPTION...] [ARGUMENT...]\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->title);
	puts("\nWith several labs up, --lab LAB says which. phonelab COMMAND --help says more.\n"
	     "Exit status: 0 as asked; 1 an assertion failed; 2 wrong usage or a wrong file; 3 this machine "
	     "is unfit;\n"
	     "4 a defect in phonelab itself.");
	return EXIT_AS_ASKED;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; commands[i]; i++)
		nearest_offer(&nearest, commands[i]->name);
	if (nearest.best)
		return exit_complain(EXIT_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", name,
				     nearest.best);
	return exit_complain(EXIT_USAGE, "unknown command \"%s\"; phonelab help lists the commands", name);
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

/* Take --lab LAB out of the words before "--". 0, or -1 when its value is missing. */
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

int main(int argc, char **argv)
{
	const char *lab = NULL;
	const struct command *command;
	struct command_line line;
	struct fail fail = {0};

	signal(SIGPIPE, SIG_IGN);
	if (take_lab(&argc, argv, &lab))
		return exit_complain(EXIT_USAGE, "--lab: found nothing, expected the name of a lab");
	if (argc < 2) {
		help();
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || (!strcmp(argv[1], "help") && argc == 2))
		return help();
	if (!strcmp(argv[1], "--version")) {
		puts("phonelab " PHONELAB_VERSION);
		return EXIT_AS_ASKED;
	}
	if (!strcmp(argv[1], "help") && argc > 3)
		return exit_complain(EXIT_USAGE, "help: found \"%s\" too much, expected one command",
				     argv[3]);
	if (!strcmp(argv[1], "help")) {
		command = find(argv[2]);
		if (!command)
			return unknown(argv[2]);
		command_help(command);
		return EXIT_AS_ASKED;
	}
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
	containers_run(command, &line, argv + 1);
	return command->run(&line);
}
