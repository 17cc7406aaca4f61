/* A frame in one line, for people. */
#include "wire/dissect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/*
 * The summary of a protocol is a sequence of parts. A part is written if the frame has its field and, if `is` is given, if
 * the field has this value (with a leading "!": any other one). `with` names another field that must exist, or must have a
 * value: "voice_policy=tagged". "%" in the text
 * stands for the value, "^%" for the value in capital letters. The first part has no comma or blank before it.
 */
struct part {
	const char *protocol, *field, *is, *text, *with;
};

static const struct part parts[] = {
    {"cdp", "device_id", NULL, "%", NULL},
    {"cdp", "platform", NULL, ", %", NULL},
    {"cdp", "port_id", NULL, ", %", NULL},
    {"cdp", "voice_vlan_query", NULL, ", asks for the voice VLAN", NULL},
    {"cdp", "voice_vlan", NULL, ", voice VLAN %", NULL},
    {"cdp", "power_requested_mw", NULL, ", % mW requested", NULL},
    {"cdp", "power_available_mw", NULL, ", % mW available", NULL},
    {"lldp", "system_name", NULL, ", %", NULL},
    {"lldp", "port_id", NULL, ", %", NULL},
    {"lldp", "voice_policy", "unknown", ", asks for the voice VLAN", NULL},
    {"lldp", "voice_policy", "untagged", ", voice untagged", NULL},
    {"lldp", "voice_vlan", NULL, ", voice VLAN %", "voice_policy=tagged"},
    {"lldp", "power_requested_mw", NULL, ", % mW requested", NULL},
    {"lldp", "power_allocated_mw", NULL, ", % mW allocated", NULL},
    {"arp", "operation", "!reply", "request for ", NULL},
    {"arp", "operation", "reply", "reply to ", NULL},
    {"arp", "target", NULL, "%", NULL},
    {"arp", "sender", "!0.0.0.0", ", from %", NULL},
    {"arp", "conflict_detection", NULL, ", %", NULL},
    {"dhcp", "type", NULL, "^%", NULL},
    {"dhcp", "client_mac", NULL, " for %", NULL},
    {"dhcp", "vlan", NULL, " in VLAN %", NULL},
    {"dhcp", "requested_address", NULL, ", wants %", NULL},
    {"dhcp", "your_address", NULL, ": %", NULL},
    {"dhcp", "server_id", NULL, ", server %", NULL},
    {"dhcp", "option_150", NULL, ", option 150: %", NULL},
    {"dhcp", "option_66", NULL, ", option 66: %", NULL},
    {"dhcp", "message", NULL, ": %", NULL},
    {"dns", "kind", NULL, "%", NULL},
    {"dns", "name", NULL, " %", NULL},
    {"dns", "answers", NULL, ", % answers", NULL},
    {"dns", "rcode", "!0", ", code %", NULL},
    {"tftp", "opcode", NULL, "%", NULL},
    {"tftp", "block", NULL, " %", NULL},
    {"tftp", "file", NULL, " %", NULL},
    {"tftp", "message", NULL, ": %", NULL},
    {"http", "method", NULL, "% ", NULL},
    {"http", "status", NULL, "% for ", NULL},
    {"http", "data_bytes", NULL, "% octets of ", NULL},
    {"http", "file", NULL, "%", NULL},
    {"http", "host", NULL, " from %", NULL},
    {"http", "content_length", NULL, ", % octets", NULL},
    {"sip", "method", NULL, "%", NULL},
    {"sip", "status", NULL, "%", NULL},
    {"sip", "reason_phrase", NULL, " %", NULL},
    {"sip", "cseq_method", NULL, " (%)", "status"},
    {"sip", "to", NULL, " %", NULL},
    {"sip", "event", NULL, ", event %", NULL},
    {"sip", "expires_s", NULL, ", expires % s", NULL},
    {"sip", "contact_expires_s", NULL, ", expires % s", NULL},
    {"sip", "incomplete_bytes", NULL, ", % octets of a message that goes on", NULL},
    {"sip", "keep_alive", "yes", ", keep-alive", NULL},
    {"sip", "pings", NULL, ", % pings", NULL},
    {"sip", "data_bytes", NULL, ", % octets", NULL},
    {"tls", "handshake", NULL, "%", NULL},
    {"tls", "cipher", NULL, ", %", NULL},
    {"tls", "alert", NULL, ", alert %", NULL},
    {"tls", "application_bytes", NULL, ", application data, % octets", NULL},
    {"tls", "record", "change_cipher_spec", "change_cipher_spec", NULL},
    {"tls", "incomplete_bytes", NULL, ", % octets of a record to come", NULL},
    {"tls", "data_bytes", NULL, ", % octets", NULL},
    {"tvs", "command", NULL, "%", NULL},
    {"tvs", "subject", NULL, " for %", NULL},
    {"tvs", "status", NULL, ", status %", NULL},
    {"tvs", "roles", NULL, ", roles %", NULL},
    {"capf", "command", NULL, "%", NULL},
    {"capf", "device", NULL, " of %", NULL},
    {"capf", "reason", NULL, ", reason %", NULL},
    {"tcp", "flags", NULL, "%", NULL},
    {"tcp", "source_port", NULL, ", port %", NULL},
    {"tcp", "destination_port", NULL, " to %", NULL},
    {"tcp", "data_bytes", NULL, ", % octets", NULL},
    {"udp", "source_port", NULL, "port %", NULL},
    {"udp", "destination_port", NULL, " to %", NULL},
    {"udp", "data_bytes", NULL, ", % octets", NULL},
    {"icmp", "type", NULL, "type %", NULL},
    {"icmp", "code", NULL, ", code %", NULL},
    {"ipv4", "ip_protocol", NULL, "protocol %", NULL},
    {"ipv4", "fragment_offset", NULL, "fragment at %", NULL},
    {"ethernet", "ether_type", NULL, "type %", NULL},
};

static bool has(const struct dissect *frame, const char *with)
{
	char name[40];
	size_t length = strcspn(with, "=");
	const char *value;

	snprintf(name, sizeof(name), "%.*s", (int)length, with);
	value = dissect_value(frame, name);
	return value && (!with[length] || !strcmp(value, with + length + 1));
}

/* The value of the part's field, or NULL if the part is not written. */
static const char *value_of(const struct part *part, const struct dissect *frame)
{
	const char *value =
	    strcmp(part->protocol, frame->protocol) ? NULL : dissect_value(frame, part->field);

	if (!value || (part->with && !has(frame, part->with)))
		return NULL;
	if (!part->is)
		return value;
	return (*part->is == '!' ? strcmp(value, part->is + 1) != 0 : !strcmp(value, part->is)) ? value
												: NULL;
}

/* Append text with its value. */
static size_t append(char *out, size_t size, size_t at, const char *text, const char *value)
{
	bool capitals = false;

	if (!at)
		text += strspn(text, ",; ");
	for (; *text; text++) {
		if (*text == '^') {
			capitals = true;
			continue;
		}
		if (*text != '%') {
			if (at + 1 < size)
				out[at++] = *text;
			continue;
		}
		for (const char *from = value; *from && at + 1 < size; from++)
			out[at++] = capitals ? (char)toupper((unsigned char)*from) : *from;
	}
	return at;
}

void dissect_summary(const struct dissect *frame, char *out, size_t size)
{
	const char *note = dissect_value(frame, "note");
	size_t at = 0;

	if (!size)
		return;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *value = value_of(&parts[i], frame);

		if (value)
			at = append(out, size, at, parts[i].text, value);
	}
	if (note)
		at = append(out, size, at, "; %", note);
	if (frame->malformed)
		at = append(out, size, at, "; malformed: %", frame->error);
	out[at] = 0;
}
