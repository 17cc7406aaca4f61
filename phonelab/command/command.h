#ifndef PHONELAB_COMMAND_COMMAND_H
#define PHONELAB_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "phonelab/lab/complain.h"

#define COMMAND_OPTIONS 8
#define COMMAND_WORDS	512

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
};

/* One option of a command: "--name", with "-d" as its short form or NULL. */
struct command_option {
	const char *name;
	const char *brief; /* short form, or NULL */
	enum option_kind kind;
	const char *value; /* what help calls the value: "LAB" */
	long min, max;	   /* of a number */
	const char *doc;
};

/* The command line as read: an option's value by its index in the table. */
struct command_line {
	struct {
		bool said;
		const char *text;
		long number;
	} option[COMMAND_OPTIONS];
	const char *word[COMMAND_WORDS]; /* what is not an option; a NULL at the end */
	size_t words;
	const char *lab; /* --lab LAB, of every command; or NULL */
	char **rest;	 /* after "--", NULL at the end; NULL when there was no "--" */
};

struct command {
	const char *name;
	const char *synopsis; /* "[-d] [--name LAB] TOPOLOGY" */
	const char *title;    /* one line, for the list of commands */
	const char *help;     /* further lines, may be NULL */
	size_t least, most;   /* words */
	bool raw;	      /* options end at the first word that is not one: show SWITCH ... */
	struct command_option options[COMMAND_OPTIONS + 1];
	int (*run)(const struct command_line *line); /* returns an enum exit_status, or exec's status */
};

/* The table: every command, NULL at the end. */
extern const struct command *const commands[];

/* Read argv (after the command's name) by the command's table. 0, or -EINVAL with the reason. */
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
