#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "switch-sim/core/switch.h"

void switch_port_config_init(struct switch_port_config *port, bool uplink)
{
	*port = (struct switch_port_config){
	    .mode = uplink ? SWITCH_TRUNK : SWITCH_ACCESS,
	    .access_vlan = 1,
	    .native_vlan = 1,
	    .trusted = uplink,
	    .cdp = true,
	    .lldp_transmit = true,
	    .lldp_receive = true,
	    .poe_admin = SWITCH_POE_AUTO,
	    .poe_max_mw = 30000,
	    .poe_priority = SWITCH_POE_LOW,
	};
	memset(port->allowed, 0xff, sizeof(port->allowed));
}

unsigned switch_config_ports(const struct switch_config *config)
{
	return config->members * (config->access + config->uplinks);
}

bool switch_config_is_uplink(const struct switch_config *config, unsigned i)
{
	return i % (config->access + config->uplinks) >= config->access;
}

int switch_config_port_kind(const char *name, size_t length)
{
	static const char *const kinds[] = {"gigabitethernet", "tengigabitethernet"};

	for (int i = 0; length >= 2 && i < 2; i++)
		if (length <= strlen(kinds[i]) && !strncasecmp(name, kinds[i], length))
			return i;
	return -1;
}

static const char *number(const char *at, unsigned *value)
{
	*value = 0;
	if (!isdigit((unsigned char)*at) || (*at == '0' && isdigit((unsigned char)at[1])))
		return NULL;
	while (isdigit((unsigned char)*at) && *value < 100000)
		*value = *value * 10 + (unsigned)(*at++ - '0');
	return at;
}

int switch_config_find_port(const struct switch_config *config, const char *name, struct fail *fail)
{
	size_t letters = 0;
	unsigned member, module, port;
	const char *at;
	int kind;

	while (isalpha((unsigned char)name[letters]))
		letters++;
	kind = switch_config_port_kind(name, letters);
	at = name + letters;
	at = kind < 0 ? NULL : number(at, &member);
	at = at && *at == '/' ? number(at + 1, &module) : NULL;
	at = at && *at == '/' ? number(at + 1, &port) : NULL;
	if (at && !*at && member >= 1 && member <= config->members && module == (unsigned)kind && port >= 1 &&
	    port <= (kind ? config->uplinks : config->access))
		return (int)((member - 1) * (config->access + config->uplinks) + (kind ? config->access : 0) +
			     port - 1);
	if (config->uplinks)
		return fail_set(
		    fail, -EINVAL,
		    "found port \"%.40s\", expected Gi1/0/1 to Gi%u/0/%u, or Te1/1/1 to Te%u/1/%u", name,
		    config->members, config->access, config->members, config->uplinks);
	return fail_set(fail, -EINVAL, "found port \"%.40s\", expected Gi1/0/1 to Gi%u/0/%u", name,
			config->members, config->access);
}
