#include "phonelab/why.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ladder.h"

const char *why_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int why_find_phone(struct why_case *it)
{
	const json_t *phone, *step;
	size_t i;

	json_array_foreach(json_object_get(it->status, "phones"), i,
			   phone) if (!strcmp(why_text(phone, "name"), it->name)) it->phone = phone;
	if (!it->phone)
		return -ENOENT;
	json_array_foreach(json_object_get(it->phone, "steps"), i, step)
	{
		const char *state = why_text(step, "state");

		if (strcmp(state, "done") && strcmp(state, "skipped")) {
			it->rung = step;
			it->step = (int)json_integer_value(json_object_get(step, "n"));
			return 0;
		}
	}
	/* All done by the phone's word: then the call manager must have it too. */
	if (strcmp(why_text(it->phone, "state"), "registered")) {
		it->step = LADDER_REGISTER;
		it->rung = json_array_get(json_object_get(it->phone, "steps"), LADDER_REGISTER - 1);
	}
	return 0;
}

/* The port of the phone, as the switches know it; "" when none does. */
static const char *port_of(const struct why_case *it, const char **sw_name)
{
	const json_t *sw, *port;
	size_t i, j;

	json_array_foreach(json_object_get(it->status, "switches"), i, sw)
	{
		json_array_foreach(json_object_get(sw, "ports"), j,
				   port) if (!strcmp(why_text(port, "neighbor"), it->name))
		{
			*sw_name = why_text(sw, "name");
			return why_text(port, "name");
		}
	}
	*sw_name = "";
	return "";
}

/* An event of the phone, of its port ("Gi1/0/1" in the detail of one of the switch), or of the lab's
 * failures. */
static bool matters(const struct why_case *it, const json_t *event, const char *sw, const char *port)
{
	const char *node = why_text(event, "node"), *detail = why_text(event, "detail"), *at;

	if (!strcmp(node, it->name))
		return strcmp(why_text(event, "event"), "phone.console") != 0;
	if (!strcmp(node, "lab"))
		return !strcmp(why_text(event, "event"), "lab.child_died");
	if (strcmp(node, sw) || !*port)
		return strstr(detail, it->name) != NULL;
	at = strstr(detail, port);
	return strstr(detail, it->name) || (at && !isdigit((unsigned char)at[strlen(port)]));
}

void why_read_events(struct why_case *it, const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	const char *sw, *port = port_of(it, &sw);

	it->events = json_array();
	for (json_int_t number = 1; in && getline(&line, &room, in) > 0; number++) {
		json_t *event = json_loads(line, 0, NULL);

		if (event && matters(it, event, sw, port)) {
			json_object_set_new(event, "line", json_integer(number));
			if (json_array_size(it->events) >= WHY_EVENTS)
				json_array_remove(it->events, 0);
			json_array_append_new(it->events, event);
		} else {
			json_decref(event);
		}
	}
	free(line);
	if (in)
		fclose(in);
}

void why_free(struct why_case *it)
{
	json_decref(it->events);
	it->events = NULL;
}

#define LOGS 8 /* that are looked into for a step */

/* --- logs
 * ----------------------------------------------------------------------------------------------------- */

/* Does the line tell of this phone: by its device name, its MAC, or its address? */
static bool tells_of(const struct why_case *it, const char *line)
{
	const char *address = why_text(it->phone, "ipv4");
	char mac[18];

	if (strlen(it->name) == 15) {
		const char *d = it->name + 3;

		snprintf(mac, sizeof(mac), "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", d, d + 2, d + 4, d + 6, d + 8,
			 d + 10);
		if (strcasestr(line, mac))
			return true;
	}
	if (strstr(line, it->name))
		return true;
	return *address && strstr(line, address);
}

/* A line of Kamailio's log without what stands before the words of our script. */
static const char *what_it_says(const char *line)
{
	static const char mark[] = "<script>: ";
	const char *words = strstr(line, mark);

	return words ? words + sizeof(mark) - 1 : line;
}

/* The last line of a log that tells of the phone and, if asked, holds text. Its number, 0: none. */
static unsigned long find_in_log(const struct why_case *it, const char *log, const char *text, char *found,
				 size_t size)
{
	char path[400], *line = NULL;
	unsigned long number = 0, at = 0;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%slog/%s.log", it->directory, log);
	in = *it->directory ? fopen(path, "re") : NULL;
	while (in && getline(&line, &room, in) > 0) {
		number++;
		if (!tells_of(it, line) || (text && !strcasestr(line, text)))
			continue;
		at = number;
		line[strcspn(line, "\n")] = 0;
		snprintf(found, size, "%s", what_it_says(line));
	}
	free(line);
	if (in)
		fclose(in);
	return at;
}

const char *why_node(const struct why_case *it, const char *kind)
{
	const json_t *node;
	size_t i;

	json_array_foreach(it->nodes, i, node)
	{
		if (!strcmp(why_text(node, "kind"), kind))
			return why_text(node, "name");
	}
	return kind;
}

/* The names of the logs that tell of a step, LOGS at most. How many. */
static size_t logs_of(const struct why_case *it, char logs[LOGS][64])
{
	const json_t *node;
	size_t i, n = 0;

	if (it->step == LADDER_DHCP) {
		snprintf(logs[n++], 64, "%.40s", why_node(it, "dhcp"));
	} else if (it->step == LADDER_CM_CONNECT || it->step == LADDER_REGISTER) {
		json_array_foreach(json_object_get(it->status, "cluster"), i, node)
		{
			if (n < LOGS)
				snprintf(logs[n++], 64, "%.40s", why_text(node, "name"));
		}
	} else if (it->step >= LADDER_CTL) {
		snprintf(logs[n++], 64, "%.40s", why_node(it, "tftp"));
		snprintf(logs[n++], 64, "%.40s-http", why_node(it, "tftp"));
	}
	return n;
}

static void add(struct why_evidence *evidence, size_t *n, const char *from, unsigned long line,
		const char *text)
{
	if (*n >= WHY_EVIDENCE)
		return;
	if (line)
		snprintf(evidence[*n].from, sizeof(evidence[*n].from), "%.28s:%lu", from, line);
	else
		snprintf(evidence[*n].from, sizeof(evidence[*n].from), "%.38s", from);
	snprintf(evidence[(*n)++].text, sizeof(evidence[0].text), "%s", text);
}

size_t why_evidence(const struct why_case *it, struct why_evidence evidence[WHY_EVIDENCE])
{
	size_t n = 0, total = json_array_size(it->events), first = total > 6 ? total - 6 : 0;
	const char *sw, *port = port_of(it, &sw);
	char text[240], log[60], logs[LOGS][64];
	size_t log_count = logs_of(it, logs);

	if (*port) {
		snprintf(text, sizeof(text), "the phone is its neighbour at %s", port);
		add(evidence, &n, sw, 0, text);
	}
	for (size_t i = first; i < total; i++) {
		const json_t *event = json_array_get(it->events, i);

		snprintf(text, sizeof(text), "%.40s %.180s", why_text(event, "event"),
			 why_text(event, "detail"));
		add(evidence, &n, it->events_name ? it->events_name : "events.jsonl",
		    (unsigned long)json_integer_value(json_object_get(event, "line")), text);
	}
	for (size_t i = 0; i < log_count; i++) {
		unsigned long line = find_in_log(it, logs[i], NULL, text, sizeof(text));

		snprintf(log, sizeof(log), "log/%.40s.log", logs[i]);
		if (line)
			add(evidence, &n, log, line, text);
	}
	if (!n)
		add(evidence, &n, "events.jsonl", 0, "nothing at all was heard of the phone");
	return n;
}

/* --- rules
 * ---------------------------------------------------------------------------------------------------- */

static const struct why_rule rules[] = {
    {LADDER_POWER, NULL, "poe.deny", NULL, NULL, false,
     "The switch detected the phone but denied power: its PoE budget is used up. Raise poe_budget, give the "
     "phone's\n"
     "  port a higher poe_priority, or power it by an adapter (power: ac).",
     "show SWITCH power inline"},
    {LADDER_POWER, "denied", NULL, NULL, NULL, false,
     "The switch denied power: the PoE budget is used up, or power inline is never on the port.",
     "show SWITCH power inline"},
    {LADDER_POWER, NULL, NULL, NULL, NULL, false,
     "No power came: the port is shut down, its power inline is never, or the cable is out.",
     "show SWITCH interfaces status"},
    {LADDER_BOOT, "corrupt", NULL, NULL, NULL, false,
     "Both banks of flash hold damaged images: there is nothing to boot.", "console PHONE"},
    {LADDER_BOOT, NULL, NULL, NULL, NULL, false, "The boot loader found no image that it could start.",
     "console PHONE"},
    {LADDER_VOICE_VLAN, NULL, NULL, NULL, NULL, false,
     "The switch told no voice VLAN yet: neither CDP nor LLDP-MED was answered on the port.",
     "show SWITCH cdp neighbors"},
    {LADDER_DHCP, "NAK", NULL, NULL, NULL, false,
     "The DHCP server refused the address: the phone is in another subnet than its lease.",
     "exec DHCP -- cat /run/phonelab/dhcp/leases"},
    {LADDER_DHCP, "declin", NULL, NULL, NULL, false,
     "The address that was offered is in use by somebody else on the VLAN.", "exec PHONE -- ip neigh"},
    {LADDER_DHCP, "duplicate", NULL, NULL, NULL, false,
     "The address that was offered is in use by somebody else on the VLAN.", "exec PHONE -- ip neigh"},
    {LADDER_DHCP, NULL, NULL, "dhcp", "no address available", false, "The DHCP pool is exhausted.",
     "exec DHCP -- cat /run/phonelab/dhcp/leases"},
    {LADDER_DHCP, "option", NULL, NULL, NULL, false,
     "An address was leased without a TFTP server: option 150 (or 66) is missing or wrong.",
     "exec DHCP -- cat /run/phonelab/dhcp/dnsmasq.conf"},
    {LADDER_DHCP, "resolv", NULL, NULL, NULL, false, "Option 66 has a name that DNS does not resolve.",
     "exec PHONE -- cat /run/phonelab/log/dhcp.log"},
    {LADDER_DHCP, NULL, NULL, "dhcp", "DHCPDISCOVER", true,
     "The DHCP server never heard the phone: it is in another VLAN, the server is not up, or DHCP snooping "
     "has no\n"
     "  trusted port towards it.",
     "show SWITCH vlan brief"},
    {LADDER_DHCP, NULL, NULL, "dhcp", "DHCPOFFER", false,
     "The DHCP server answers, but the phone does not hear it: look at trust (DHCP snooping) and the VLANs "
     "in between.",
     "capture PHONE -w dhcp.pcapng"},
    {LADDER_CTL, NULL, NULL, NULL, NULL, false,
     "No TFTP server answers, by HTTP 6970 or by TFTP: the address in option 150 is wrong, or there is no "
     "way to it.",
     "exec PHONE -- ip route"},
    {LADDER_ITL, "signature", NULL, NULL, NULL, false,
     "The trust list was altered after it was signed, or was signed by another cluster.", "messages PHONE"},
    {LADDER_ITL, NULL, NULL, NULL, NULL, false,
     "The identity trust list cannot be had from the TFTP service.", "messages PHONE"},
    {LADDER_CONFIG, "malformed", NULL, NULL, NULL, false,
     "The configuration file is not XML that the phone can read.", "messages PHONE"},
    {LADDER_CONFIG, NULL, NULL, NULL, NULL, false,
     "Neither SEP<MAC>.cnf.xml nor XMLDefault.cnf.xml can be had: the device was not added, or its file was "
     "not built.",
     "messages PHONE"},
    {LADDER_FIRMWARE, NULL, NULL, NULL, NULL, false,
     "The load that the configuration names cannot be loaded: it is missing on the TFTP service, truncated, "
     "or of\n"
     "  another model.",
     "messages PHONE"},
    {LADDER_DIAL_RULES, NULL, NULL, NULL, NULL, false, "The dial rules cannot be had from the TFTP service.",
     "messages PHONE"},
    {LADDER_CM_CONNECT, "refused", NULL, NULL, NULL, false,
     "The call managers refuse the connection: Kamailio is not running there.", "status"},
    {LADDER_CM_CONNECT, NULL, NULL, NULL, NULL, false,
     "No call manager of the group accepts a TCP connection on port 5060: it is down, or there is no way to "
     "it.",
     "exec PHONE -- ip route"},
    {LADDER_REGISTER, "403", NULL, NULL, NULL, false,
     "The call manager does not know the device or the line: it was not added (provisioned: false), or its "
     "line is wrong.",
     "exec CALL-MANAGER -- cat /run/phonelab/log/CALL-MANAGER.log"},
    {LADDER_REGISTER, "401", NULL, NULL, NULL, false, "The digest credentials are wrong.", "messages PHONE"},
    {LADDER_REGISTER, "404", NULL, NULL, NULL, false, "The call manager has no such line.", "messages PHONE"},
    {LADDER_REGISTER, "423", NULL, NULL, NULL, false,
     "The registration interval is too brief for the call manager.", "messages PHONE"},
    {LADDER_REGISTER, "503", NULL, NULL, NULL, false, "The call manager is out of service.", "status"},
    {LADDER_REGISTER, NULL, NULL, NULL, NULL, false,
     "REGISTER had no good answer; or the phone believes in a registration that the call manager does not "
     "have.",
     "status"},
    {LADDER_LOCALE, NULL, NULL, NULL, NULL, false,
     "The locale is still on its way, or its files are missing.", "messages PHONE"},
    {0, NULL, NULL, NULL, NULL, false,
     "The phone is still on its way, or a file is missing on the TFTP service.", "messages PHONE"},
};

static bool event_seen(const struct why_case *it, const char *name)
{
	const json_t *event;
	size_t i;

	json_array_foreach(it->events, i, event) if (!strcmp(why_text(event, "event"), name)) return true;
	return false;
}

static bool fits(const struct why_case *it, const struct why_rule *rule)
{
	char found[240];
	bool seen = true;

	if (rule->step && rule->step != it->step)
		return false;
	if (rule->detail && !strcasestr(why_text(it->rung, "detail"), rule->detail))
		return false;
	if (rule->event)
		seen = event_seen(it, rule->event);
	if (rule->log_text)
		seen = seen && find_in_log(it, why_node(it, rule->log), rule->log_text, found, sizeof(found));
	return rule->event || rule->log_text ? seen != rule->absent : true;
}

const struct why_rule *why_rule(const struct why_case *it)
{
	size_t n = sizeof(rules) / sizeof(rules[0]);

	for (size_t i = 0; i < n; i++)
		if (fits(it, &rules[i]))
			return &rules[i];
	return &rules[n - 1];
}
