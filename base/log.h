#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/fail.h"

/*
 * Messages for debugging, on standard error, one line each:
 *   12.345678 dhcp: SEP001122AABB01: requesting --ack--> bound
 * The number is CLOCK_MONOTONIC in seconds, as in events.jsonl. Each message has a token that says what it is about;
 * a message is printed only if its token is enabled, by -d TOKEN[,TOKEN] or by PHONELAB_DEBUG. By default no token
 * is enabled. Only drivers and commands call log_debug: a core passes its trace to its driver as an action.
 */
enum log_token {
	LOG_STEP,    /* the steps of the registration path */
	LOG_CDP,     /* CDP frames and what they change */
	LOG_LLDP,    /* LLDP frames and what they change */
	LOG_DHCP,    /* the DHCP client's states; snooping */
	LOG_FETCH,   /* files: which server, which protocol, which result */
	LOG_MEMBER,  /* the connection to each call manager */
	LOG_SIP,     /* SIP transactions */
	LOG_PORT,    /* ports: link, carrier, power */
	LOG_PANEL,   /* the patch panel and its clients */
	LOG_FORWARD, /* frames that a switch drops, and why */
	LOG_FAULT,   /* rules and faults applied and reverted */
	LOG_NETLINK, /* rtnetlink, by libnl and libmnl */
	LOG_EVENT,   /* libevent's own messages */
	LOG_CONTROL, /* requests and replies of control sockets */
	LOG_PROCESS, /* programs started and exited */
	LOG_TOKENS,
};

/* The name of a token: "dhcp". */
const char *log_token_name(enum log_token token);

/* Enable the tokens of a list, "dhcp,step"; "all" enables every token. -EINVAL with the reason, which lists the
 * tokens, if one is unknown. */
int log_enable(const char *list, struct fail *fail);

/* Every program calls this at its start: it enables the tokens of PHONELAB_DEBUG and routes libevent's messages to
 * LOG_EVENT (a fatal error of libevent is always printed). A list with an unknown token in PHONELAB_DEBUG is reported
 * on standard error and otherwise ignored. */
void log_begin(const char *program);

/* Is the token enabled? Check this before formatting an expensive message. */
bool log_enabled(enum log_token token);

/* The enabled tokens, a bit each: 1u << LOG_PORT. */
unsigned log_tokens(void);

/* Print one line if the token is enabled. Control characters in the message are escaped; a line feed becomes a
 * space. */
void log_debug(enum log_token token, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
