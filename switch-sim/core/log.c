#include "switch-sim/core/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "switch-sim/core/internal.h"
#include "switch-sim/core/show.h"
#include "base/text.h"

static void emit(struct switch_core *core, int step, const char *event, const char *detail, json_t *evidence)
{
	const struct switch_action action = {.kind = SWITCH_ACTION_EVENT,
					     .event = {step, event, detail, evidence}};

	core->act(core->arg, &action);
}

void core_log(struct switch_core *core, const char *format, ...)
{
	struct log_line *line = &core->log[core->logged++ % LOG_LINES];
	va_list args;

	va_start(args, format);
	vsnprintf(line->text, sizeof(line->text), format, args);
	va_end(args);
	line->us = core->now_us - core->started_us;
	emit(core, 0, "syslog", line->text, NULL);
}

void core_trace(const struct switch_core *core, enum log_token token, const char *format, ...)
{
	char text[512];
	const struct switch_action action = {.kind = SWITCH_ACTION_TRACE, .trace = {token, text}};
	va_list args;

	if (!(core->traced >> token & 1))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	core->act(core->arg, &action);
}

void core_drop(const struct switch_core *core, const struct port *port, uint64_t *counter, const char *reason)
{
	++*counter;
	core_trace(core, LOG_FORWARD, "%s: frame dropped: %s", port->name, reason);
}

void core_event(struct switch_core *core, const struct port *port, int step, const char *event,
		json_t *evidence, const char *format, ...)
{
	char detail[512];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	if (!evidence)
		evidence = json_object();
	if (port)
		json_object_set_new(evidence, "port", json_string(port->name));
	if (port && port->plugged)
		json_object_set_new(evidence, "device", json_string(port->device.node));
	emit(core, step, event, detail, evidence);
}

void show_logging(struct switch_core *core, struct text *text)
{
	uint64_t first = core->logged > LOG_LINES ? core->logged - LOG_LINES : 0;

	text_add(text, "Syslog logging: enabled (%llu messages dropped)\n\n", (unsigned long long)first);
	text_add(text, "    Buffer logging:  level debugging, %llu messages logged\n\n",
		 (unsigned long long)core->logged);
	text_add(text, "Log Buffer (%d lines):\n\n", LOG_LINES);
	for (uint64_t i = first; i < core->logged; i++) {
		const struct log_line *line = &core->log[i % LOG_LINES];
		unsigned long long ms = line->us / 1000;

		text_add(text, "%02llu:%02llu:%02llu.%03llu: %s\n", ms / 3600000, ms / 60000 % 60,
			 ms / 1000 % 60, ms % 1000, line->text);
	}
}
