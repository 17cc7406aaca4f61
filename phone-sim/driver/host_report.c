#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "base/print.h"
#include "phone-sim/driver/host_internal.h"

#define CONSOLE_LINES 500
#define MESSAGES      30

/* A line of the progress on standard output: in a container, this is what the engine shows. */
static void print_progress(struct host *host, int step, const char *event, const char *detail)
{
	const char *state = strncmp(event, "step.", 5) ? NULL : event + 5;
	const char *more = detail && *detail ? detail : NULL;
	uint64_t now = clock_now_us();

	if (!strcmp(event, "phone.plugged") || (step == LADDER_POWER && state && !host->power_us))
		host->power_us = now;
	if (host->shared.progress == RACK_PROGRESS_NONE)
		return;
	if (!strcmp(event, "phone.registered") || !strcmp(event, "phone.unregistered") ||
	    !strcmp(event, "phone.unplugged"))
		print_text("%s %7.3f s  %s%s%s\n", host->name, (double)(now - host->power_us) / 1e6,
			   event + strlen("phone."), more ? ": " : "", more ? more : "");
	else if (state && strcmp(state, "active") && strcmp(state, "pending") &&
		 (host->shared.progress == RACK_PROGRESS_ALL || !strcmp(state, "failed")))
		print_text("%s %7.3f s  %2d %-10s %s%s%s\n", host->name, (double)(now - host->power_us) / 1e6,
			   step, ladder_step_name(step), state, more ? ": " : "", more ? more : "");
	else
		return;
	fflush(stdout);
}

void host_say(struct host *host, int step, const char *event, const char *detail, json_t *evidence)
{
	print_progress(host, step, event, detail);
	event_log_write(host->shared.log, clock_now_us(), host->name, step, event, detail, evidence);
}

/* Add a line; the oldest line goes if there are more than most. */
static void add_line(json_t *lines, size_t most, const char *line)
{
	json_array_append_new(lines, json_string(line));
	if (json_array_size(lines) > most)
		json_array_remove(lines, 0);
}

/* "0042 NOT Nov 21 09:52:58.123456 (731:731) CDP-cdpRcvPkt(): ..": the severity is the first word of text. */
void host_report_console(struct host *host, const char *text)
{
	char line[1200], stamp[32];
	struct timeval now;
	struct tm tm;
	const char *rest;
	int severity;

	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%b %d %H:%M:%S", &tm);
	rest = strchr(text, ' ');
	severity = rest && rest - text == 3 ? 3 : 0;
	snprintf(line, sizeof(line), "%04llu %.3s %s.%06ld (%d:%d) %.1000s",
		 (unsigned long long)++host->console_lines, severity ? text : "NOT", stamp, (long)now.tv_usec,
		 (int)getpid(), (int)getpid(), severity ? rest + 1 : text);
	add_line(host->console, CONSOLE_LINES, line);
	host_say(host, 0, "phone.console", line, NULL);
}

/* "9:52:58p TFTP Timeout : SEP001122AABB01.cnf.xml" */
void host_report_message(struct host *host, const char *text)
{
	char line[300];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	snprintf(line, sizeof(line), "%d:%02d:%02d%c %.250s", tm.tm_hour % 12 ? tm.tm_hour % 12 : 12,
		 tm.tm_min, tm.tm_sec, tm.tm_hour < 12 ? 'a' : 'p', text);
	add_line(host->messages, MESSAGES, line);
	host_say(host, 0, "phone.message", text, NULL);
}

static json_t *evidence_json(const struct phone_evidence *evidence, unsigned count)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < count && i < PHONE_EVIDENCE_MAX; i++)
		json_object_set_new(object, evidence[i].key,
				    json_string(evidence[i].value ? evidence[i].value : ""));
	return object;
}

void host_report_step(struct host *host, const struct phone_action *action)
{
	char event[32];

	if (action->step.state == LADDER_ACTIVE) {
		account_charge(host->shared.account, host->step);
		host->step = action->step.n;
	}
	snprintf(event, sizeof(event), "step.%s", ladder_state_name(action->step.state));
	host_say(host, action->step.n, event, action->step.detail,
		 evidence_json(action->step.evidence, action->step.evidence_count));
}

void host_report_event(struct host *host, const struct phone_action *action)
{
	host_say(host, action->event.step, action->event.name, action->event.detail,
		 evidence_json(action->event.evidence, action->event.evidence_count));
}

void host_report_registered(struct host *host, const struct phone_action *action)
{
	char text[IPV4_TEXT], detail[400];

	ipv4_format(action->registered.address, text);
	if (strcmp(text, action->registered.node))
		snprintf(detail, sizeof(detail), "%.63s with %.255s (%s)",
			 action->registered.directory_number, action->registered.node, text);
	else
		snprintf(detail, sizeof(detail), "%.63s with %s", action->registered.directory_number, text);
	host_say(host, 11, "phone.registered", detail,
		 json_pack("{s:s,s:s,s:s}", "directory_number", action->registered.directory_number, "node",
			   action->registered.node, "address", text));
}

static json_t *ip_json(uint32_t address)
{
	char text[IPV4_TEXT];

	return address ? json_string(ipv4_format(address, text)) : json_null();
}

static json_t *ip_list(const uint32_t *address, unsigned count)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, ip_json(address[i]));
	return list;
}

static json_t *steps_json(const struct ladder *ladder)
{
	json_t *list = json_array();

	for (int n = 1; n <= LADDER_STEPS; n++) {
		const struct ladder_rung *rung = &ladder->rung[n - 1];
		json_array_append_new(list,
				      json_pack("{s:i,s:s,s:s,s:o,s:s}", "n", n, "name", ladder_step_name(n),
						"state", ladder_state_name(rung->state), "ms",
						rung->state == LADDER_PENDING
						    ? json_null()
						    : json_integer((json_int_t)(rung->us / 1000)),
						"detail", rung->detail));
	}
	return list;
}

static json_t *members_json(const struct phone_view *view)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < view->member_count; i++)
		json_array_append_new(list, json_pack("{s:s,s:o,s:s}", "name", view->members[i].name,
						      "address", ip_json(view->members[i].address), "state",
						      view->members[i].state));
	return list;
}

/* A string, or null when it is empty. */
static json_t *text_json(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

/* What the phone's own pages show beyond status --json: network, power, counters. */
static json_t *details_json(const struct host *host, const struct phone_view *view)
{
	char mac[MAC_TEXT];
	struct mac octets;

	mac_parse_device(&octets, host->name);
	mac_format(&octets, mac);
	return json_pack(
	    "{s:s,s:s,s:s,s:b,s:i,s:i,s:b,s:o,s:i,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:b,s:b,s:s,s:I,s:I}", "mac",
	    mac, "model", view->model->name, "panel", host->panel, "powered", view->powered, "power_mw",
	    (int)view->power_mw, "draw_mw", (int)view->draw_mw, "link", view->link, "neighbor",
	    text_json(view->neighbor), "prefix", (int)view->prefix, "gateway", ip_json(view->gateway),
	    "dhcp_server", ip_json(view->dhcp_server), "dns", ip_list(view->dns, view->dns_count), "domain",
	    text_json(view->domain), "dhcp_state", view->dhcp_state ? view->dhcp_state : "", "tftp",
	    ip_list(view->tftp, view->tftp_count), "call_managers", members_json(view), "itl_installed",
	    view->itl_installed, "ctl_installed", view->ctl_installed, "restart_cause",
	    view->restart_cause ? view->restart_cause : "", "unlisted", (json_int_t)view->unlisted,
	    "frames_not_sent", (json_int_t)port_dropped(host->port));
}

static json_t *bound_numbers(const struct phone *phone)
{
	json_t *list = json_array();
	const char *number;

	for (unsigned n = 0; (number = phone_bound_number(phone, n)); n++)
		json_array_append_new(list, json_string(number));
	return list;
}

static json_t *continued_json(const struct phone_view *view)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < view->continued_count; i++) {
		const struct phone_continued *it = &view->continued[i];
		json_t *entry = json_pack("{s:i,s:s,s:o}", "step", it->step, "code", it->code, "what",
					  json_text_new(it->what));

		if (it->server)
			json_object_set_new(entry, "server", ip_json(it->server));
		json_array_append_new(list, entry);
	}
	return list;
}

json_t *host_status(const struct host *host)
{
	const struct panel_plugged *plugged = port_plugged(host->port);
	struct phone_view view;
	json_t *status;

	phone_view(host->phone, &view);
	status = json_pack(
	    "{s:s,s:s,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:s,s:s}", "name", host->name, "state", view.state,
	    "step", view.step, "steps", steps_json(&view.ladder), "ipv4", ip_json(view.ipv4), "voice_vlan",
	    view.voice_vlan ? json_integer(view.voice_vlan) : json_null(), "directory_number",
	    text_json(view.directory_number), "registered_lines", bound_numbers(host->phone),
	    "registered_with", text_json(view.registered_with), "active_load", view.active_load,
	    "inactive_load", view.inactive_load, "download_status", view.download_status);
	json_object_update_missing_new(status, details_json(host, &view));
	json_object_set_new(status, "configuration", text_json(phone_configuration_name(view.configuration)));
	if (view.continued_count)
		json_object_set_new(status, "continued_without", continued_json(&view));
	json_object_set_new(status, "switch", text_json(plugged ? plugged->switch_name : NULL));
	json_object_set_new(status, "port", text_json(plugged ? plugged->port : NULL));
	return status;
}

json_t *host_console(const struct host *host)
{
	return json_copy(host->console);
}

json_t *host_messages(const struct host *host)
{
	return json_copy(host->messages);
}
