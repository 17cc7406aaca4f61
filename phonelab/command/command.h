#ifndef PHONELAB_COMMAND_COMMAND_H
#define PHONELAB_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/print.h" /* commands print with it and nothing else: ci/print-path */
#include "phonelab/lab/complain.h"

#define COMMAND_OPTIONS 16
#define COMMAND_WORDS	512
#define COMMAND_LISTED	64

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_LIST, /* a text; may be given several times */
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
struct command;

struct lab;
struct topology;

struct command_line {
	const struct command *command;
	struct {
		bool given;
		const char *text;
		long number;
	} option[COMMAND_OPTIONS];
	const char
	    *listed[COMMAND_LISTED + 1]; /* the values of the option of kind OPTION_LIST; NULL at the end */
	size_t listed_n;
	const char *word[COMMAND_WORDS]; /* the arguments that are not options; NULL at the end */
	size_t words;
	const char *lab; /* the value of the global --lab, or NULL */
	char **rest;	 /* the arguments after "--", NULL at the end; NULL without "--" */
};

struct command {
	const char *name;
	const char *older;    /* a former name that still works, or NULL */
	const char *synopsis; /* "[-d] [--name LAB] TOPOLOGY" */
	const char *title;    /* one line, for the list of commands */
	const char *help;     /* further lines, or NULL */
	struct {
		size_t least, most;
	} words;
	bool inside; /* in a lab of containers it runs in a container: containers_run.c */
	bool
	    files; /* it reads files of the lab: in a lab of closets they are copied first (closet/mirror.h) */
	bool raw;  /* the first word ends the options: show SWITCH ... */
	struct command_option options[COMMAND_OPTIONS + 1];
	int (*run)(const struct command_line *line); /* returns an enum exit_status, or exec's status */
};

/* All commands, a row without a name at the end. */
extern const struct command commands[];

/* The options of phonelab itself, and `phonelab help`, which are in no row of the table. The first options may stand
 * anywhere, the others only before the command. */
#define COMMAND_GLOBAL_ANYWHERE 2
extern const struct command command_global, command_help_row;

/* Read the arguments after the command's name according to its table. 0, or -EINVAL with the reason. line borrows argv. */
int command_parse(const struct command *command, int argc, char **argv, struct command_line *line,
		  struct fail *fail);

/* Print the version of phonelab, and the run-time versions of its libraries. */
int command_version(void);

/* Print the help of one command. */
void command_help(const struct command *command);

/* Is the option --json given? */
bool command_wants_json(const struct command_line *line);

/* Print an object for --json or --schema, and release it. NULL: EXIT_DEFECT. */
int command_print(json_t *object);

/* Load a topology that the user names: a file, or the name of an installed topology. phones: 0, or the number of phones to
 * scale it to. NULL with the reason printed: EXIT_USAGE. Free with topology_free. */
struct topology *command_load_topology(const struct command_line *line, const char *word, size_t phones);

/* Set the pace of a topology to the value of an option: fast or real. 0, or EXIT_USAGE with the reason printed. */
int command_set_pace(const struct command_line *line, int option, struct topology *topology);

/* How long a model boots at real pace, in milliseconds; 0: an unknown model. */
uint32_t command_boot_ms(const char *model);

/* Complain about an unknown switch, with the switches that have a control socket. EXIT_USAGE. */
int command_unknown_switch(const struct command_line *line, const struct lab *lab, const char *unknown);

/* If the lab is a lab of containers and the command can run inside, become that command and do not return. Otherwise do
 * nothing. A native lab of the same name takes precedence. argv: the name of the command and its arguments, without
 * --lab. */
void containers_run(const struct command_line *line, char **argv);

/* For a command that reads files: if the lab is one of closets, copy the files that have changed into its run directory. */
void command_copy_files(const struct command_line *line);

/* For a command whose first word names a node, and which joins something of this machine with it: refuse a lab of closets. 0, or an
 * exit status with the reason printed. */
int command_needs_machine(const struct command_line *line, const struct lab *lab);

/* The commands: each does what its row in commands.c states, and returns the exit status. A command that serves several
 * rows acts on the name of the row. */
int command_up(const struct command_line *line), command_status(const struct command_line *line),
    command_why(const struct command_line *line), command_ls(const struct command_line *line),
    command_down(const struct command_line *line), command_show(const struct command_line *line),
    command_exec(const struct command_line *line), command_attach(const struct command_line *line),
    command_capture(const struct command_line *line), command_decode(const struct command_line *line),
    command_in_rack(const struct command_line *line),
    command_service_control(const struct command_line *line),
    command_configure(const struct command_line *line), command_service(const struct command_line *line),
    command_cucm(const struct command_line *line), command_move(const struct command_line *line),
    command_fault(const struct command_line *line), command_exercise(const struct command_line *line),
    command_test(const struct command_line *line), command_collect(const struct command_line *line),
    command_lint(const struct command_line *line), command_validate(const struct command_line *line),
    command_render(const struct command_line *line), command_node(const struct command_line *line),
    command_attach_nic(const struct command_line *line), command_graph(const struct command_line *line),
    command_doctor(const struct command_line *line), command_watch(const struct command_line *line),
    command_logs(const struct command_line *line), command_events(const struct command_line *line),
    command_mcp(const struct command_line *line), command_web(const struct command_line *line),
    command_completion(const struct command_line *line), command_device(const struct command_line *line),
    command_console(const struct command_line *line), command_keeper(const struct command_line *line),
    command_stack(const struct command_line *line);

/* Start `phonelab web` for the lab in a process that ends with the lab, and, unless outlive is set, with this one. url receives
 * the address of the page. 0, or an exit status with the reason printed. */
#define COMMAND_URL 80
int command_web_start(const char *lab, bool outlive, char url[COMMAND_URL]);

/* The options of a command, by their index in its row. */
enum attach_nic_option { OPT_ATTACH_NIC_DETACH, OPT_ATTACH_NIC_YES_REALLY };
enum attach_option { OPT_ATTACH_CONTAINER, OPT_ATTACH_INTERFACE };
enum capture_option {
	OPT_CAPTURE_WRITE,
	OPT_CAPTURE_COUNT,
	OPT_CAPTURE_DURATION,
	OPT_CAPTURE_BOTH,
	OPT_CAPTURE_KEY_LOG
};
enum collect_option { OPT_COLLECT_OUT, OPT_COLLECT_CAPTURE, OPT_COLLECT_SINCE, OPT_COLLECT_PHONE };
enum console_option {
	OPT_CONSOLE_JSON,
	OPT_CONSOLE_TOPOLOGY,
	OPT_CONSOLE_CLOSET,
	OPT_CONSOLE_NAME,
	OPT_CONSOLE_PHONES,
	OPT_CONSOLE_CA,
	OPT_CONSOLE_CERTIFICATE
};
enum cucm_option { OPT_CUCM_NODE, OPT_CUCM_EXPIRED, OPT_CUCM_CLUSTER, OPT_CUCM_JSON };
enum decode_option { OPT_DECODE_JSON, OPT_DECODE_SUMMARY };
enum device_option { OPT_DEVICE_JSON, OPT_DEVICE_ALL, OPT_DEVICE_NO_APPLY };
enum exec_option { OPT_EXEC_CONFINED };
enum exercise_option {
	OPT_EXERCISE_SEED,
	OPT_EXERCISE_NAME,
	OPT_EXERCISE_COMPONENT,
	OPT_EXERCISE_CAUSE,
	OPT_EXERCISE_CSV,
	OPT_EXERCISE_TRAINEE,
	OPT_EXERCISE_DOWN,
	OPT_EXERCISE_TIMEOUT,
	OPT_EXERCISE_JSON,
	OPT_EXERCISE_SEEDS,
	OPT_EXERCISE_AGENT,
	OPT_EXERCISE_EXERCISES,
	OPT_EXERCISE_LIMIT,
	OPT_EXERCISE_PARALLEL,
	OPT_EXERCISE_WEB
};
enum fault_option {
	OPT_FAULT_JSON,
	OPT_FAULT_ACTIVE,
	OPT_FAULT_PHONE,
	OPT_FAULT_PORT,
	OPT_FAULT_SERVICE,
	OPT_FAULT_ALL,
	OPT_FAULT_ERASE,
	OPT_FAULT_FOR,
	OPT_FAULT_COUNT
};
enum events_option {
	OPT_EVENTS_FOLLOW,
	OPT_EVENTS_JSON,
	OPT_EVENTS_INITIAL,
	OPT_EVENTS_LAST,
	OPT_EVENTS_PHONE,
	OPT_EVENTS_NODE,
	OPT_EVENTS_STEP,
	OPT_EVENTS_EVENT
};
enum graph_option { OPT_GRAPH_DOT, OPT_GRAPH_PHONES, OPT_GRAPH_SVG, OPT_GRAPH_JSON };
enum lint_option {
	OPT_LINT_PHONE,
	OPT_LINT_SERVER,
	OPT_LINT_MODEL,
	OPT_LINT_NO_FIRMWARE,
	OPT_LINT_STEPS,
	OPT_LINT_UNUSED,
	OPT_LINT_JSON,
	OPT_LINT_SARIF,
	OPT_LINT_GITHUB
};
enum keeper_option { OPT_KEEPER_LISTEN, OPT_KEEPER_CA, OPT_KEEPER_CERTIFICATE };
enum logs_option { OPT_LOGS_FOLLOW, OPT_LOGS_JSON, OPT_LOGS_LAST };
enum stack_option { OPT_STACK_OUT, OPT_STACK_FORMAT, OPT_STACK_PHONES, OPT_STACK_NAME, OPT_STACK_IMAGE };
enum node_option {
	OPT_NODE_CHECK,
	OPT_NODE_PRINT,
	OPT_NODE_ROLE,
	OPT_NODE_MODEL,
	OPT_NODE_RELAY,
	OPT_NODE_ALIVE,
	OPT_NODE_TOPOLOGY,
	OPT_NODE_CLOSET,
	OPT_NODE_PHONES,
	OPT_NODE_NAME,
	OPT_NODE_ETH0,
	OPT_NODE_LISTEN,
	OPT_NODE_CA,
	OPT_NODE_CERTIFICATE
};
enum render_option {
	OPT_RENDER_OUT,
	OPT_RENDER_PHONES,
	OPT_RENDER_NAME,
	OPT_RENDER_PACE,
	OPT_RENDER_CLOSET,
	OPT_RENDER_CLOSETS
};
enum service_control_option {
	OPT_SERVICE_CONTROL_JSON,
	OPT_SERVICE_CONTROL_WAIT,
	OPT_SERVICE_CONTROL_TIMEOUT
};
enum status_option { OPT_STATUS_JSON, OPT_STATUS_WATCH };
enum test_option {
	OPT_TEST_JOBS,
	OPT_TEST_JUNIT,
	OPT_TEST_TAP,
	OPT_TEST_GITHUB,
	OPT_TEST_KEEP,
	OPT_TEST_CHECK,
	OPT_TEST_IN,
	OPT_TEST_SCHEMA,
	OPT_TEST_REFERENCE
};
enum up_option {
	OPT_UP_DETACH,
	OPT_UP_NAME,
	OPT_UP_PHONES,
	OPT_UP_TIMEOUT,
	OPT_UP_CAPTURE,
	OPT_UP_BOTH,
	OPT_UP_KEEP,
	OPT_UP_DARK,
	OPT_UP_WAIT_EXTERNAL,
	OPT_UP_PACE,
	OPT_UP_WEB,
	OPT_UP_JSON,
	OPT_UP_CLOSET
};
enum validate_option { OPT_VALIDATE_PHONES, OPT_VALIDATE_SCHEMA, OPT_VALIDATE_MARKDOWN };
enum web_option {
	OPT_WEB_PORT,
	OPT_WEB_LISTEN,
	OPT_WEB_VIEW,
	OPT_WEB_PUBLIC,
	OPT_WEB_CLASS,
	OPT_WEB_RUNS,
	OPT_WEB_TUNNEL
};
enum why_option {
	OPT_WHY_FOLDER,
	OPT_WHY_CAPTURE,
	OPT_WHY_JSON,
	OPT_WHY_PASSIVE,
	OPT_WHY_FACTS,
	OPT_WHY_ALL
};

#endif
