#ifndef SWITCH_SIM_CORE_LOG_H
#define SWITCH_SIM_CORE_LOG_H

#include <jansson.h>
#include <stdint.h>

/* What the switch says of itself: its syslog, and events. */

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

/* An event about a port (NULL: none in particular); evidence is taken over, and gets the port. */
void core_event(struct switch_core *core, const struct port *port, int step, const char *event,
		json_t *evidence, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
