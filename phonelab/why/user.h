#ifndef PHONELAB_WHY_USER_H
#define PHONELAB_WHY_USER_H

#include "phonelab/why/why.h"

/*
 * Causes that lie with a server of the user (`run` or `external` in the topology): what the server was asked, and what it
 * answered. The rules of the lab's own servers do not apply to it.
 */
struct why_user {
	const json_t *server;		  /* in `user_servers` of the status */
	const struct why_exchange *asked; /* the decisive request, or NULL */
	char cause[1000];
};

/* Does the cause of the broken step, or of a wrong number of a registered phone, lie with a server of the user? */
bool why_user_cause(const struct why_case *it, struct why_user *found);

/* The user's server with that address or name; NULL: none of the user's. */
const json_t *why_user_at(const struct why_case *it, const char *address);
const json_t *why_user_named(const struct why_case *it, const char *name);

/* "files (10.110.0.3, your program)" */
const char *why_user_text(const json_t *server, char text[160]);

/* Its program: "runs", "runs, but does not listen at TCP port 6970", "exited with status 3"; "" if the lab does not run it.
 * port: as in `listens` ("tcp 6970"), or NULL for any of its ports. */
const char *why_user_program(const struct why_case *it, const json_t *server, const char *port,
			     char text[160]);

/* A sentence about a server of the user that took much longer than the other servers of this phone, or than it took for
 * other phones. False if there is none. */
bool why_user_slow(const struct why_case *it, char text[400]);

/* --- the log of the user's program --- */

#define WHY_LOG_LINES 8

struct why_log_line {
	unsigned long number;
	char text[300];
};

/* Choose the lines of a log, in order: the last ones with one of the words (not as a part of a longer word or number), and
 * up to WHY_LOG_LINES the last others. tail: the end of the log; first: the number of its first line. How many. */
size_t why_log_choose(const char *tail, unsigned long first, const char *const words[], size_t word_count,
		      struct why_log_line lines[WHY_LOG_LINES]);

/* The same of log/NAME.log in the folder of the case: lines about this phone, and about what it asked. */
size_t why_user_log(const struct why_case *it, const struct why_user *user,
		    struct why_log_line lines[WHY_LOG_LINES]);

#endif
