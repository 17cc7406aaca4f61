#include "switch-sim/core/show.h"

#include "switch-sim/core/internal.h"
#include "switch-sim/core/mirror.h"
#include "switch-sim/core/security.h"
#include "base/text.h"

/* show interfaces status err-disabled, port-security, monitor */

void show_err_disabled(struct switch_core *core, struct text *text)
{
	text_add(text,
		 "\nPort         Name               Status       Reason               Err-disabled Vlans\n");
	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];

		if (port->err_cause)
			text_add(text, "%-12s %-18.18s err-disabled %s\n", port->name,
				 port->config.description, port->err_cause);
	}
}

static const char *action_word(const struct port *port)
{
	switch (port->config.violation) {
	case SWITCH_VIOLATION_SHUTDOWN: return "Shutdown";
	case SWITCH_VIOLATION_RESTRICT: return "Restrict";
	case SWITCH_VIOLATION_PROTECT: return "Protect";
	}
	return "Shutdown";
}

static const char *secure_state(const struct port *port)
{
	if (!port->config.security || (!port->link && !port->err_cause))
		return "Secure-down";
	return port->err_cause ? "Secure-shutdown" : "Secure-up";
}

static void one_port(struct text *text, const struct port *port)
{
	const struct security *security = &port->security;
	unsigned configured = 0;
	char mac[MAC_TEXT];

	for (unsigned i = 0; i < security->count; i++)
		configured += security->addresses[i].configured;
	mac_format_cisco(&security->last, mac);
	text_add(text,
		 "Port Security              : %s\n"
		 "Port Status                : %s\n"
		 "Violation Mode             : %s\n"
		 "Aging Time                 : 0 mins\n"
		 "Aging Type                 : Absolute\n"
		 "SecureStatic Address Aging : Disabled\n"
		 "Maximum MAC Addresses      : %u\n"
		 "Total MAC Addresses        : %u\n"
		 "Configured MAC Addresses   : %u\n"
		 "Sticky MAC Addresses       : 0\n"
		 "Last Source Address:Vlan   : %s:%u\n"
		 "Security Violation Count   : %llu\n\n",
		 port->config.security ? "Enabled" : "Disabled", secure_state(port), action_word(port),
		 security_maximum(port), security->count, configured, mac, security->last_vlan,
		 (unsigned long long)security->violations);
}

/* Addresses beyond the first of each port. */
static void totals(const struct switch_core *core, struct text *text)
{
	unsigned more = 0;

	for (unsigned i = 0; i < core->count; i++)
		if (core->ports[i].security.count > 1)
			more += core->ports[i].security.count - 1;
	text_add(text,
		 "Total Addresses in System (excluding one mac per port)     : %u\n"
		 "Max Addresses limit in System (excluding one mac per port) : 4096\n",
		 more);
}

void show_port_security(struct switch_core *core, struct text *text, const struct port *only)
{
	static const char rule[] =
	    "---------------------------------------------------------------------------\n";

	if (only) {
		one_port(text, only);
		return;
	}
	text_add(text,
		 "Secure Port  MaxSecureAddr  CurrentAddr  SecurityViolation  Security Action\n"
		 "                (Count)       (Count)          (Count)\n%s",
		 rule);
	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];

		if (port->config.security)
			text_add(text, "%11s %14u %12u %18llu %16s\n", port->name, security_maximum(port),
				 port->security.count, (unsigned long long)port->security.violations,
				 action_word(port));
	}
	text_add(text, "%s", rule);
	totals(core, text);
}

void show_secure_addresses(struct switch_core *core, struct text *text)
{
	static const char rule[] =
	    "-----------------------------------------------------------------------------\n";
	char mac[MAC_TEXT];

	text_add(text,
		 "               Secure Mac Address Table\n%s"
		 "Vlan    Mac Address       Type                          Ports   Remaining Age\n"
		 "                                                                   (mins)\n"
		 "----    -----------       ----                          -----   -------------\n",
		 rule);
	for (unsigned i = 0; i < core->count; i++) {
		const struct port *port = &core->ports[i];

		for (unsigned a = 0; a < port->security.count; a++) {
			const struct secure_address *address = &port->security.addresses[a];

			mac_format_cisco(&address->mac, mac);
			text_add(text, "%4u    %s    %-29s %-12s -\n", address->vlan, mac,
				 address->configured ? "SecureConfigured" : "SecureDynamic", port->name);
		}
	}
	text_add(text, "%s", rule);
	totals(core, text);
}

/* The ports that are sources in these directions; nothing when there are none. */
static void sources(const struct switch_core *core, struct text *text, const struct mirror *mirror,
		    const char *word, bool in, bool out)
{
	const char *separator = "";

	for (unsigned i = 0; mirror->in && i < core->count; i++) {
		if (mirror->in[i] != in || mirror->out[i] != out)
			continue;
		if (!*separator)
			text_add(text, "    %-21s: ", word);
		text_add(text, "%s%s", separator, core->ports[i].name);
		separator = ",";
	}
	if (*separator)
		text_add(text, "\n");
}

void show_monitor(struct switch_core *core, struct text *text, unsigned only)
{
	bool any = false;

	for (unsigned number = 1; number <= MIRRORS; number++) {
		const struct mirror *mirror = &core->mirrors[number - 1];

		if ((only && only != number) || (!mirror->in && mirror->to < 0))
			continue;
		any = true;
		text_add(text, "Session %u\n---------\nType                     : Local Session\n", number);
		if (mirror->in)
			text_add(text, "Source Ports             :\n");
		sources(core, text, mirror, "RX Only", true, false);
		sources(core, text, mirror, "TX Only", false, true);
		sources(core, text, mirror, "Both", true, true);
		if (mirror->to >= 0)
			text_add(text,
				 "Destination Ports        : %s\n    Encapsulation        : %s\n"
				 "          Ingress        : Disabled\n",
				 core->ports[mirror->to].name, mirror->replicate ? "Replicate" : "Native");
		text_add(text, "\n");
	}
	if (!any)
		text_add(text, "No SPAN configuration is present in the system.\n");
}
