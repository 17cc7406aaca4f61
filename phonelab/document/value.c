/* Scalars of a document: what each type of key accepts. */
#include "phonelab/document/keys.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

size_t key_size(const struct key *key)
{
	switch (key->type) {
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_NUMBER:
	case KEY_LOAD:
	case KEY_TOKEN:
	case KEY_WORD: return sizeof(const char *);
	case KEY_FLAG:
	case KEY_CHOICE:
	case KEY_VLAN: return sizeof(int);
	case KEY_INTEGER:
	case KEY_WATTS:
	case KEY_DURATION:
	case KEY_TIME:
	case KEY_FROM: return sizeof(int64_t);
	case KEY_IPV4: return sizeof(uint32_t);
	case KEY_SUBNET: return sizeof(struct key_prefix);
	case KEY_RANGE: return sizeof(struct key_range);
	case KEY_MAC: return sizeof(struct key_mac);
	case KEY_PORT:
	case KEY_PORTS: return sizeof(struct key_port);
	case KEY_OBJECT: return key->shape->size;
	case KEY_TREE: return sizeof(const struct yaml_node *);
	case KEY_OTHERS: return sizeof(struct key_option);
	}
	return 0;
}

static int parse_integer(const char *text, int64_t min, int64_t max, int64_t *value)
{
	char *end;
	long long n;

	errno = 0;
	if (!isdigit((unsigned char)*text) && *text != '-')
		return -EINVAL;
	n = strtoll(text, &end, 10);
	if (errno || *end || n < min || n > max)
		return -EINVAL;
	*value = n;
	return 0;
}

/* A decimal number and a unit out of a list, into thousandths of the first unit. */
static int parse_quantity(const char *text, const char *const *units, const int64_t *factors, int64_t min,
			  int64_t max, int64_t *value)
{
	int64_t whole = 0, part = 0, scale = 1, result;
	const char *p = text;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if ((whole = whole * 10 + (*p - '0')) > 1000000000)
			return -EINVAL;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p) && scale < 1000; p++, scale *= 10)
			part = part * 10 + (*p - '0');
	while (*p == ' ')
		p++;
	for (size_t i = 0; units[i]; i++) {
		if (strcmp(p, units[i]))
			continue;
		result = whole * factors[i] + part * factors[i] / scale;
		if (result < min || result > max)
			return -EINVAL;
		*value = result;
		return 0;
	}
	return -EINVAL;
}

static int parse_watts(const char *text, int64_t min, int64_t max, int64_t *value)
{
	static const char *const units[] = {"mW", "W", "kW", NULL};
	static const int64_t factors[] = {1, 1000, 1000000};

	return parse_quantity(text, units, factors, min, max, value);
}

static int parse_duration(const char *text, int64_t min, int64_t max, int64_t *value)
{
	static const char *const units[] = {"s", "m", "h", "d", NULL};
	static const int64_t factors[] = {1, 60, 3600, 86400};

	return parse_quantity(text, units, factors, min, max, value);
}

static int parse_time(const char *text, int64_t min, int64_t max, int64_t *value)
{
	static const char *const units[] = {"ms", "s", "m", NULL};
	static const int64_t factors[] = {1, 1000, 60000};

	return parse_quantity(text, units, factors, min, max, value);
}

static int parse_ipv4(const char *text, uint32_t *address)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return -EINVAL;
	*address = ntohl(in.s_addr);
	return *address ? 0 : -EINVAL;
}

static int parse_subnet(const char *text, const struct key *key, struct key_prefix *prefix)
{
	char address[32];
	const char *slash = strchr(text, '/');
	int64_t length;
	uint32_t mask;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return -EINVAL;
	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	if (parse_ipv4(address, &prefix->address) || parse_integer(slash + 1, key->min, key->max, &length))
		return -EINVAL;
	mask = ~(uint32_t)0 << (32 - length);
	prefix->length = (int)length;
	return prefix->address & ~mask ? -EINVAL : 0;
}

static int parse_range(const char *text, struct key_range *range)
{
	char first[32];
	const char *dash = strchr(text, '-');

	if (!dash || (size_t)(dash - text) >= sizeof(first))
		return -EINVAL;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
	while (*first && first[strlen(first) - 1] == ' ')
		first[strlen(first) - 1] = 0;
	for (dash++; *dash == ' '; dash++)
		;
	if (parse_ipv4(first, &range->first) || parse_ipv4(dash, &range->last))
		return -EINVAL;
	return range->first <= range->last ? 0 : -EINVAL;
}

/* "Gi1/0/5", "Te1/1/1", with the long names too; a range where one is wanted. */
static int parse_port(const char *text, bool range, struct arena *arena, struct key_port *port)
{
	static const struct {
		const char *name;
		bool uplink;
	} kinds[] = {{"GigabitEthernet", false}, {"TenGigabitEthernet", true}, {"Gi", false}, {"Te", true}};
	const char *space = strrchr(text, ' ');
	unsigned member, slot, number, last;
	int used = 0;

	*port = (struct key_port){0};
	if (space) {
		port->switch_name = arena_copy(arena, text, (size_t)(space - text));
		text = space + 1;
		if (strchr(port->switch_name, ' '))
			return -EINVAL;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].name);

		if (strncasecmp(text, kinds[i].name, n) || !isdigit((unsigned char)text[n]))
			continue;
		if (sscanf(text + n, "%4u/%1u/%4u%n", &member, &slot, &number, &used) != 3)
			return -EINVAL;
		last = number;
		if (range && text[n + (size_t)used] == '-') {
			n += (size_t)used + 1;
			if (!isdigit((unsigned char)text[n]) || sscanf(text + n, "%4u%n", &last, &used) != 1)
				return -EINVAL;
		}
		if (text[n + (size_t)used] || !member || !number || slot != kinds[i].uplink || last < number)
			return -EINVAL;
		port->member = (int)member;
		port->uplink = kinds[i].uplink;
		port->number = (int)number;
		port->last = (int)last;
		return 0;
	}
	return -EINVAL;
}

/* min to max letters, digits and others, of which the first is a letter or a digit. */
static bool is_token(const char *text, const char *others, int64_t min, int64_t max)
{
	int64_t length = (int64_t)strlen(text);

	if (length < min || length > max || !isalnum((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	return true;
}

static bool is_number(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 24 && strspn(text, "0123456789*#+") == length;
}

static int parse_choice(const struct key *key, const char *text, int *value)
{
	for (int i = 0; key->choices[i]; i++)
		if (!strcmp(text, key->choices[i])) {
			*value = i;
			return 0;
		}
	return -EINVAL;
}

static int parse_flag(const char *text, int *value)
{
	static const char *const yes[] = {"true", "on", "yes"}, *const no[] = {"false", "off", "no"};

	for (size_t i = 0; i < 3; i++) {
		if (!strcasecmp(text, yes[i]))
			return *value = 1, 0;
		if (!strcasecmp(text, no[i]))
			return *value = 0, 0;
	}
	return -EINVAL;
}

static int parse_text(const struct key *key, const char *text, struct arena *arena, const char **value)
{
	size_t length = strlen(text);
	bool good = true;

	switch (key->type) {
	case KEY_NAME: good = is_token(text, "-", key->min, key->max); break;
	case KEY_LOAD: good = is_token(text, ".-_", 1, 60); break;
	case KEY_TOKEN: good = is_token(text, key->choices[0], key->min, key->max); break;
	case KEY_NUMBER: good = is_number(text); break;
	case KEY_TEXT:
		good = (int64_t)length >= key->min && (int64_t)length <= key->max;
		for (const char *p = text; *p; p++)
			good = good && !iscntrl((unsigned char)*p);
		break;
	case KEY_WORD: good = !parse_choice(key, text, &(int){0}); break;
	case KEY_FLAG:
	case KEY_INTEGER:
	case KEY_WATTS:
	case KEY_DURATION:
	case KEY_TIME:
	case KEY_CHOICE:
	case KEY_VLAN:
	case KEY_IPV4:
	case KEY_SUBNET:
	case KEY_RANGE:
	case KEY_MAC:
	case KEY_PORT:
	case KEY_PORTS:
	case KEY_FROM:
	case KEY_OBJECT:
	case KEY_TREE:
	case KEY_OTHERS: return -EINVAL;
	}
	if (!good)
		return -EINVAL;
	*value = arena_copy(arena, text, length);
	return 0;
}

int key_parse(const struct key *key, const char *text, struct arena *arena, void *value)
{
	struct key_mac *mac = value;
	int64_t n;

	switch (key->type) {
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_NUMBER:
	case KEY_LOAD:
	case KEY_TOKEN:
	case KEY_WORD: return parse_text(key, text, arena, value);
	case KEY_FLAG: return parse_flag(text, value);
	case KEY_INTEGER: return parse_integer(text, key->min, key->max, value);
	case KEY_WATTS: return parse_watts(text, key->min, key->max, value);
	case KEY_DURATION: return parse_duration(text, key->min, key->max, value);
	case KEY_TIME: return parse_time(text, key->min, key->max, value);
	case KEY_CHOICE: return parse_choice(key, text, value);
	case KEY_VLAN:
		if (key->min < 0 && !strcmp(text, "none"))
			return *(int *)value = KEY_VLAN_NONE, 0;
		if (parse_integer(text, 1, key->max, &n))
			return -EINVAL;
		*(int *)value = (int)n;
		return 0;
	case KEY_IPV4: return parse_ipv4(text, value);
	case KEY_SUBNET: return parse_subnet(text, key, value);
	case KEY_RANGE: return parse_range(text, value);
	case KEY_MAC:
		if (mac_parse(&mac->mac, text) || mac_is_group(&mac->mac))
			return -EINVAL;
		mac->has = true;
		return 0;
	case KEY_PORT: return parse_port(text, false, arena, value);
	case KEY_PORTS: return parse_port(text, true, arena, value);
	case KEY_FROM:
		if (strncmp(text, "from ", 5))
			return -EINVAL;
		return parse_integer(text + 5, key->min, key->max, value);
	case KEY_OBJECT:
	case KEY_TREE:
	case KEY_OTHERS: return -EINVAL;
	}
	return -EINVAL;
}
