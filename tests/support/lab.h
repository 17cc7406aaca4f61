#ifndef TESTS_SUPPORT_LAB_H
#define TESTS_SUPPORT_LAB_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/support/command.h"

/*
 * A lab as a person runs one: through the phonelab command, seen from outside. Nothing here links against the
 * parts of the lab; every question goes through the command line or to a witness inside a node.
 */
struct lab {
	char name[64];
	char dir[256];	   /* scratch folder of this test, removed by lab_end */
	char capture[300]; /* pcapng of the whole boot, when asked for */
	char rows[300];	   /* the same read by tshark, one row a frame */
	bool running;
};

/* The built programs: $PHONELAB_BIN, or bin/ beside this test's folder. */
const char *lab_bin(const char *program, char path[512]);

/* A scratch folder and a name of its own for the lab. */
void lab_begin(struct lab *lab, const char *label);

/* For tests that ask `why` about a capture or a folder: if the machine runs an exercise beside them whose phone has the same name,
 * `why` refuses. From now on this process and its children see no other labs. Does nothing for an ordinary user. */
void lab_apart(void);

/* Start the lab with -d and wait: status of `phonelab up`. capture: record the boot at the switch ports.
 * extra: further arguments, NULL-terminated, or NULL. The output of the command is printed if its status is not
 * want. */
int lab_up(struct lab *lab, const char *topology, bool capture, int timeout_s, const char *const extra[],
	   int want);

/* End the lab and remove the scratch folder; legal after a failed lab_up. */
void lab_end(struct lab *lab);

/* End the lab only. */
void lab_down(struct lab *lab);

/* `status --json` as an object (new reference); NULL with the reason printed. */
json_t *lab_status(const struct lab *lab);

/* The same once `condition` holds for it, asked again until timeout_s has passed; NULL when it never held. */
json_t *lab_status_when(const struct lab *lab, int timeout_s, bool (*condition)(json_t *status, void *arg),
			void *arg);

/* `phonelab exec NODE -- sh -c LINE`. */
struct command_result lab_exec(const struct lab *lab, const char *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `phonelab WORD --lab NAME ARGS...`, words split at spaces. */
struct command_result lab_command(const struct lab *lab, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A file under /run/phonelab as text (free it); NULL when it is not there. */
char *lab_read(const struct lab *lab, const char *path);

/* How often a line holds all the words (NULL-terminated list) in text. */
int lines_with(const char *text, const char *const words[]);
#define LINES_WITH(text, ...) lines_with(text, (const char *const[]){__VA_ARGS__, NULL})

/* The phone of that name in a status object (borrowed), or NULL; and a rung of it by step number. */
json_t *status_phone(json_t *status, const char *name);
json_t *phone_step(json_t *phone, int step);
const char *phone_step_state(json_t *phone, int step);

/* A string or integer member, or a value that cannot be mistaken. */
const char *member(json_t *object, const char *key);
long long member_int(json_t *object, const char *key);

/* Write a file into the lab's scratch folder; gives back its path. */
const char *lab_write(struct lab *lab, const char *name, const char *text, char path[512]);

#endif
