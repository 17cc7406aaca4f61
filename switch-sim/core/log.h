#ifndef SWITCH_SIM_CORE_LOG_H
#define SWITCH_SIM_CORE_LOG_H

#include <jansson.h>
#include <stdint.h>

#include "base/log.h"

/* What the switch reports: syslog lines, events and messages for debugging. */

struct switch_core;
struct port;

#define LOG_LINES 256
#define LOG_TEXT  256

struct log_line {
	uint64_t us;
	char text[LOG_TEXT];
};

/* A syslog line, from "%" on: kept for `show logging`, and an event. */
void core_log(struct switch_core *core, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A message for debugging, if its token is enabled. */
void core_trace(const struct switch_core *core, enum log_token token, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A port drops a frame: count it and trace the reason. */
void core_drop(const struct switch_core *core, const struct port *port, uint64_t *counter,
	       const char *reason);

/* An event about a port (NULL: none in particular); evidence is taken over, and gets the port. */
void core_event(struct switch_core *core, const struct port *port, int step, const char *event,
		json_t *evidence, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
