#ifndef PHONELAB_COMMAND_COMMAND_H
#define PHONELAB_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "base/print.h" /* commands print with it and nothing else: ci/print-path */
#include "phonelab/lab/complain.h"

#define COMMAND_OPTIONS 8
#define COMMAND_WORDS	512

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
};

/* One option of a command. */
struct command_option {
	const char *name;
	const char *brief; /* short form, or NULL */
	enum option_kind kind;
	const char *value; /* the name of the value in the help: "LAB"; NULL for a flag */
	long min, max;	   /* the range of a number, inclusive */
	const char *doc;
};

/* The arguments of a command. The index of an option is its index in the command's table. An option that is not given
 * has text NULL and number 0. */
struct command_line {
	struct {
		bool given;
		const char *text;
		long number;
	} option[COMMAND_OPTIONS];
	const char *word[COMMAND_WORDS]; /* the arguments that are not options; NULL at the end */
	size_t words;
	const char *lab; /* the value of the global --lab, or NULL */
	char **rest;	 /* the arguments after "--", NULL at the end; NULL without "--" */
};

struct command {
	const char *name;
	const char *synopsis; /* "[-d] [--name LAB] TOPOLOGY" */
	const char *title;    /* one line, for the list of commands */
	const char *help;     /* further lines, or NULL */
	size_t least, most;   /* number of words */
	bool raw;	      /* the first word ends the options: show SWITCH ... */
	struct command_option options[COMMAND_OPTIONS + 1];
	int (*run)(const struct command_line *line); /* returns an enum exit_status, or exec's status */
};

/* All commands, NULL at the end. */
extern const struct command *const commands[];

/* Read the arguments after the command's name according to its table. 0, or -EINVAL with the reason. line borrows argv. */
int command_parse(const struct command *command, int argc, char **argv, struct command_line *line,
		  struct fail *fail);

/* Print the help of one command. */
void command_help(const struct command *command);

extern const struct command command_test, command_up, command_ls, command_down, command_status, command_why,
    command_show, command_exec, command_capture, command_decode, command_collect, command_validate,
    command_render, command_doctor, command_graph, command_console, command_messages, command_reset,
    command_restart, command_node, command_fault, command_exercise, command_configure, command_service,
    command_plug, command_unplug;

#endif
