#include "cable/cable_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cable/link.h"

const char cable_usage[] =
    "Usage: cable --panel PATH [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
    "Plug this network namespace into a switch, then run COMMAND. Without COMMAND, keep the cable plugged "
    "in\n"
    "until a signal. When COMMAND exits, unplug the cable. When the switch exits, wait for the next one.\n"
    "\n"
    "  --panel PATH          the patch panel of the switch\n"
    "  --node NAME           the name of the node (default: the host name)\n"
    "  --port PORT           the port, such as Gi1/0/48 (default: any free access port)\n"
    "  --interface NAME      the name of the interface (default: eth0)\n"
    "  --mac MAC             the MAC address (default: derived from node and interface)\n"
    "  --address A/LEN       an IPv4 address, such as 10.110.0.2/24; may be repeated\n"
    "  --gateway A           the default route\n"
    "  --route NET/LEN=A     a route; may be repeated\n"
    "  --vlan ID             set addresses and routes on a tagged sub-interface (eth0.ID)\n"
    "  --vlan-backend B      auto (default), kernel or user\n"
    "  --power KIND          none (default), ac, or pd:CLASS with a class of 0 to 4\n"
    "  --plug KEY=VALUE,...  one more cable; the keys are panel (default: the value of --panel), port,\n"
    "                        interface, mac, address, gateway, route, vlan, vlan-backend, power\n"
    "  --netns               make a new network namespace first\n"
    "  --forward             forward IPv4 packets: the node is a router\n"
    "  --timeout SECONDS     time limit for all links to come up (default: 30; 0: none)\n"
    "  --no-replug           exit when the switch exits\n"
    "  --quiet               print errors only\n"
    "  -d TOKEN[,TOKEN]      print messages for debugging: netlink, or all\n"
    "  --help, --version\n"
    "\n"
    "Exit status: the status of COMMAND; 1 the switch refused the plug, or no link within the timeout;\n"
    "2 wrong usage; 3 this machine does not permit it; 126, 127 COMMAND cannot be run.\n";

enum key {
	KEY_PANEL,
	KEY_PORT,
	KEY_INTERFACE,
	KEY_MAC,
	KEY_ADDRESS,
	KEY_GATEWAY,
	KEY_ROUTE,
	KEY_VLAN,
	KEY_VLAN_BACKEND,
	KEY_POWER,
	KEY_NODE,
	KEY_PLUG,
	KEY_NETNS,
	KEY_FORWARD,
	KEY_TIMEOUT,
	KEY_NO_REPLUG,
	KEY_QUIET,
	KEY_HELP,
	KEY_VERSION,
};

/* The options of one cable come first: they are also the keys of --plug. */
static const struct option names[] = {
    {"panel", required_argument, NULL, KEY_PANEL},
    {"port", required_argument, NULL, KEY_PORT},
    {"interface", required_argument, NULL, KEY_INTERFACE},
    {"mac", required_argument, NULL, KEY_MAC},
    {"address", required_argument, NULL, KEY_ADDRESS},
    {"gateway", required_argument, NULL, KEY_GATEWAY},
    {"route", required_argument, NULL, KEY_ROUTE},
    {"vlan", required_argument, NULL, KEY_VLAN},
    {"vlan-backend", required_argument, NULL, KEY_VLAN_BACKEND},
    {"power", required_argument, NULL, KEY_POWER},
    {"node", required_argument, NULL, KEY_NODE},
    {"plug", required_argument, NULL, KEY_PLUG},
    {"netns", no_argument, NULL, KEY_NETNS},
    {"forward", no_argument, NULL, KEY_FORWARD},
    {"timeout", required_argument, NULL, KEY_TIMEOUT},
    {"no-replug", no_argument, NULL, KEY_NO_REPLUG},
    {"quiet", no_argument, NULL, KEY_QUIET},
    {"help", no_argument, NULL, KEY_HELP},
    {"version", no_argument, NULL, KEY_VERSION},
    {NULL, 0, NULL, 0},
};
#define PLUG_KEYS (KEY_POWER + 1)

static int number(const char *text, unsigned least, unsigned most, unsigned *out, struct fail *fail)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < least || value > most)
		return fail_set(fail, -EINVAL, "'%s': expected a number from %u to %u", text, least, most);
	*out = (unsigned)value;
	return 0;
}

static int take_power(struct cable_plug_options *plug, const char *text, struct fail *fail)
{
	if (!strcmp(text, "none")) {
		plug->power = PANEL_POWER_NONE;
	} else if (!strcmp(text, "ac")) {
		plug->power = PANEL_POWER_AC;
	} else if (!strncmp(text, "pd:", 3) && text[3] >= '0' && text[3] <= '4' && !text[4]) {
		plug->power = PANEL_POWER_PD;
		plug->power_class = (unsigned)(text[3] - '0');
	} else {
		return fail_set(fail, -EINVAL, "'%s': expected none, ac, or pd:CLASS with a class of 0 to 4",
				text);
	}
	return 0;
}

static int take_address(struct cable_plug_options *plug, const char *text, struct fail *fail)
{
	int err;

	if (plug->address_count == CABLE_ADDRESSES)
		return fail_set(fail, -EINVAL, "'%s': expected at most %d addresses", text, CABLE_ADDRESSES);
	err = address_parse(&plug->addresses[plug->address_count], text, fail);
	plug->address_count += !err;
	return err;
}

static int take_route(struct cable_plug_options *plug, const char *network, const char *gateway,
		      struct fail *fail)
{
	struct cable_route *route = &plug->routes[plug->route_count];
	int err;

	if (plug->route_count == CABLE_ROUTES)
		return fail_set(fail, -EINVAL, "expected at most %d routes", CABLE_ROUTES);
	err = address_parse(&route->network, network, fail);
	if (!err)
		err = address_parse_ip(&route->gateway, gateway, fail);
	plug->route_count += !err;
	return err;
}

static int take_route_text(struct cable_plug_options *plug, const char *text, struct fail *fail)
{
	const char *equals = strchr(text, '=');
	char network[ADDRESS_TEXT];

	if (!equals || (size_t)(equals - text) >= sizeof(network))
		return fail_set(fail, -EINVAL,
				"'%s': expected NET/LEN=GATEWAY, such as 10.20.0.0/24=10.110.0.1", text);
	memcpy(network, text, (size_t)(equals - text));
	network[equals - text] = 0;
	return take_route(plug, network, equals + 1, fail);
}

static int take_mac(struct cable_plug_options *plug, const char *text, struct fail *fail)
{
	if (mac_parse(&plug->mac, text) || mac_is_group(&plug->mac))
		return fail_set(fail, -EINVAL, "'%s': expected a unicast MAC such as 02:00:00:00:00:01",
				text);
	plug->has_mac = true;
	return 0;
}

static int take_word(const char **out, const char *text, size_t size, struct fail *fail)
{
	if (!*text || strlen(text) >= size || strpbrk(text, " \t\n"))
		return fail_set(fail, -EINVAL, "'%s': expected 1 to %zu characters without spaces", text,
				size - 1);
	*out = text;
	return 0;
}

static int take_interface(struct cable_plug_options *plug, const char *text, struct fail *fail)
{
	if (!link_name_valid(text))
		return fail_set(fail, -EINVAL, "'%s': expected an interface name of 1 to 15 characters",
				text);
	plug->interface = text;
	return 0;
}

/* One option of a cable. */
static int take_plug_key(struct cable_plug_options *plug, enum key key, const char *text, struct fail *fail)
{
	unsigned value = 0;
	int err = 0;

	switch (key) {
	case KEY_PANEL: plug->panel = text; break;
	case KEY_PORT: err = take_word(&plug->port, text, PANEL_PORT, fail); break;
	case KEY_INTERFACE: err = take_interface(plug, text, fail); break;
	case KEY_MAC: err = take_mac(plug, text, fail); break;
	case KEY_ADDRESS: err = take_address(plug, text, fail); break;
	case KEY_GATEWAY: err = take_route(plug, "0.0.0.0/0", text, fail); break;
	case KEY_ROUTE: err = take_route_text(plug, text, fail); break;
	case KEY_VLAN:
		err = number(text, 1, 4094, &value, fail);
		plug->vlan = (uint16_t)value;
		break;
	case KEY_VLAN_BACKEND:
		if (vlan_backend_parse(&plug->backend, text))
			err = fail_set(fail, -EINVAL, "'%s': expected auto, kernel or user", text);
		break;
	case KEY_POWER: err = take_power(plug, text, fail); break;
	case KEY_NODE:
	case KEY_PLUG:
	case KEY_NETNS:
	case KEY_FORWARD:
	case KEY_TIMEOUT:
	case KEY_NO_REPLUG:
	case KEY_QUIET:
	case KEY_HELP:
	case KEY_VERSION: err = fail_set(fail, -EINVAL, "not an option of one cable"); break;
	}
	return err;
}

static void plug_defaults(struct cable_plug_options *plug)
{
	memset(plug, 0, sizeof(*plug));
	plug->interface = "eth0";
}

/* --plug key=value,key=value: cuts text up. */
static int take_plug(struct cable_options *options, char *text, struct fail *fail)
{
	struct cable_plug_options *plug = &options->plugs[options->plug_count];
	char *rest = text, *part;

	if (options->plug_count == CABLE_PLUGS)
		return fail_set(fail, -EINVAL, "expected at most %d cables", CABLE_PLUGS - 1);
	plug_defaults(plug);
	while ((part = strsep(&rest, ","))) {
		char *value = strchr(part, '=');
		int i = 0, err;

		if (value)
			*value++ = 0;
		while (i < PLUG_KEYS && strcmp(part, names[i].name))
			i++;
		if (!value || i == PLUG_KEYS)
			return fail_set(
			    fail, -EINVAL,
			    "'%s': expected KEY=VALUE with a key of panel, port, interface, mac, address, "
			    "gateway, route, vlan, vlan-backend, power",
			    part);
		err = take_plug_key(plug, (enum key)names[i].val, value, fail);
		if (err)
			return fail_prefix(fail, err, "%s", part);
	}
	options->plug_count++;
	return 0;
}

static int take(struct cable_options *options, enum key key, char *text, struct fail *fail)
{
	switch (key) {
	case KEY_PANEL:
	case KEY_PORT:
	case KEY_INTERFACE:
	case KEY_MAC:
	case KEY_ADDRESS:
	case KEY_GATEWAY:
	case KEY_ROUTE:
	case KEY_VLAN:
	case KEY_VLAN_BACKEND:
	case KEY_POWER: return take_plug_key(&options->plugs[0], key, text, fail);
	case KEY_NODE: return take_word(&options->node, text, PANEL_NODE, fail);
	case KEY_PLUG: return take_plug(options, text, fail);
	case KEY_NETNS: options->new_netns = true; return 0;
	case KEY_FORWARD: options->forward = true; return 0;
	case KEY_TIMEOUT: return number(text, 0, 86400, &options->timeout_s, fail);
	case KEY_NO_REPLUG: options->no_replug = true; return 0;
	case KEY_QUIET: options->quiet = true; return 0;
	case KEY_HELP: options->help = true; return 0;
	case KEY_VERSION: options->version = true; return 0;
	}
	return fail_set(fail, -EINVAL, "unknown option");
}

/* Checks that need all options. */
static int check(struct cable_options *options, struct fail *fail)
{
	for (unsigned i = 0; i < options->plug_count; i++) {
		struct cable_plug_options *plug = &options->plugs[i];

		if (!plug->panel)
			plug->panel = options->plugs[0].panel;
		if (!plug->panel)
			return fail_set(fail, -EINVAL, "--panel PATH is missing; see cable --help");
		for (unsigned j = 0; j < i; j++)
			if (!strcmp(plug->interface, options->plugs[j].interface))
				return fail_set(fail, -EINVAL,
						"two cables with the interface %s; expected a name each",
						plug->interface);
	}
	return 0;
}

int cable_options_parse(struct cable_options *options, int argc, char **argv, struct fail *fail)
{
	bool first_used = false;
	int key, err = 0;

	memset(options, 0, sizeof(*options));
	options->timeout_s = 30;
	options->plug_count = 1;
	plug_defaults(&options->plugs[0]);
	optind = 0;
	opterr = 0;
	while ((key = getopt_long(argc, argv, "+:d:", names, NULL)) != -1) {
		if (key == ':')
			return fail_set(fail, -EINVAL, "%s: expected a value", argv[optind - 1]);
		if (key == '?')
			return fail_set(fail, -EINVAL, "%s: unknown option; see cable --help",
					argv[optind - 1]);
		if (key == 'd') {
			if (log_enable(optarg, fail))
				return fail_prefix(fail, -EINVAL, "-d");
			continue;
		}
		err = take(options, (enum key)key, optarg, fail);
		if (err)
			return fail_prefix(fail, err, "--%s", names[key].name);
		first_used |= key < PLUG_KEYS && key != KEY_PANEL;
	}
	if (options->help || options->version)
		return 0;
	/* With --plug cables only, --panel is their default. */
	if (options->plug_count > 1 && !first_used) {
		for (unsigned i = 1; i < options->plug_count; i++)
			if (!options->plugs[i].panel)
				options->plugs[i].panel = options->plugs[0].panel;
		options->plug_count--;
		memmove(&options->plugs[0], &options->plugs[1],
			options->plug_count * sizeof(options->plugs[0]));
	}
	if (optind < argc)
		options->command = &argv[optind];
	return check(options, fail);
}
