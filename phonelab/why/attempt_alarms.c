/* Facts of the attempt: the alarms about the phone that the call managers have logged. */
#include "phonelab/why/attempt_internal.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "cucm/alarm.h"
#include "phonelab/why/logs.h"

/* The last alarm of each kind. */
struct alarms {
	const char *phone;
	const char *address; /* "": unknown */
	struct {
		unsigned long number;
		unsigned times;
		long long t;
		struct alarm alarm;
	} last[ALARM_KINDS];
};

/* An alarm without a name (cucm/tls_failure.h) is about the device that has the address. */
static bool is_about(const struct alarms *it, const struct alarm *alarm)
{
	return *alarm->device ? !strcmp(alarm->device, it->phone)
			      : *it->address && !strcmp(alarm->address, it->address);
}

static void take(void *arg, const struct why_log_entry *entry)
{
	struct alarms *it = arg;
	struct alarm alarm;
	char line[2048];

	snprintf(line, sizeof(line), "%.*s", (int)(entry->length < 2000 ? entry->length : 2000), entry->text);
	if (!alarm_read(line, &alarm) || alarm.kind == ALARM_REGISTERED || !is_about(it, &alarm))
		return;
	it->last[alarm.kind].alarm = alarm;
	it->last[alarm.kind].number = entry->number;
	it->last[alarm.kind].t = entry->t;
	it->last[alarm.kind].times++;
}

static void put(const struct attempt_source *source, const struct alarms *it, enum alarm_kind kind,
		const char *node)
{
	const struct alarm *alarm = &it->last[kind].alarm;
	const struct alarm_reason *reason = alarm->reason;
	char object[100], from[120];
	json_t *fact;

	snprintf(object, sizeof(object), "process %.60s", node);
	snprintf(from, sizeof(from), "log/%.80s.log:%lu", node, it->last[kind].number);
	fact = fact_add(source->facts, "log.alarm", object, source->it->step, from,
			"%s, alarm %s, reason %u (%s): %s", node, alarm_name(kind), alarm->code,
			reason ? reason->name : "not in the table",
			reason ? reason->meaning : "the meaning is unknown");
	fact_value(fact, "alarm", "%s", alarm_name(kind));
	fact_value(fact, "reason", "%u", alarm->code);
	fact_value(fact, "reason_name", "%s", reason ? reason->name : "");
	fact_value(fact, "severity", "%u", alarm->severity);
	fact_value(fact, "times", "%u", it->last[kind].times);
	fact_value(fact, "node", "%s", node);
	if (it->last[kind].t != LLONG_MAX)
		fact_time(fact, it->last[kind].t);
}

void attempt_alarms(const struct attempt_source *source)
{
	const struct why_case *it = source->it;
	struct why_logs *own = it->logs || !*it->directory || !it->step ? NULL : why_logs_new(it->directory);
	struct why_logs *logs = it->logs ? it->logs : own;
	const json_t *node;
	size_t i;

	json_array_foreach (json_object_get(it->status, "cluster"), i, node) {
		struct alarms alarms = {.phone = it->name, .address = json_text(it->phone, "ipv4")};
		char log[90];

		if (!logs || !it->step)
			continue;
		snprintf(log, sizeof(log), "%.80s.log", json_text(node, "name"));
		why_logs_read(logs, log, why_attempt_since(source->attempt, it->step), take, &alarms);
		for (int kind = 0; kind < ALARM_KINDS; kind++)
			if (alarms.last[kind].times)
				put(source, &alarms, (enum alarm_kind)kind, json_text(node, "name"));
	}
	why_logs_free(own);
}
