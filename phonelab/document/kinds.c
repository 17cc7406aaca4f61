/* The types of keys: what each accepts, how messages describe it, and its JSON Schema. */
#include "phonelab/document/kind.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ipv4.h"
#include "phonelab/document/braces.h"

/* --- text --- */

static int copy_if(bool good, const struct scalar *in, void *value)
{
	if (!good)
		return -EINVAL;
	*(const char **)value = arena_copy(in->arena, in->text, strlen(in->text));
	return 0;
}

static int parse_text(const struct scalar *in, void *value)
{
	int64_t length = (int64_t)strlen(in->text);
	bool good = length >= in->key->min && length <= in->key->max;

	for (const char *p = in->text; *p; p++)
		good = good && !iscntrl((unsigned char)*p);
	return copy_if(good, in, value);
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

static int parse_token(const struct scalar *in, void *value)
{
	const char *others = key_kinds[in->key->type].others;

	return copy_if(is_token(in->text, others ? others : in->key->choices[0], in->key->min, in->key->max),
		       in, value);
}

static int parse_number(const struct scalar *in, void *value)
{
	size_t length = strlen(in->text);

	return copy_if(length >= 1 && length <= 24 && strspn(in->text, "0123456789*#+") == length, in, value);
}

static int parse_choice(const struct scalar *in, void *value)
{
	for (int i = 0; in->key->choices[i]; i++)
		if (!strcmp(in->text, in->key->choices[i]))
			return *(int *)value = i, 0;
	return -EINVAL;
}

static int parse_word(const struct scalar *in, void *value)
{
	return copy_if(!parse_choice(in, &(int){0}), in, value);
}

static int parse_flag(const struct scalar *in, void *value)
{
	static const char *const words[] = {"false", "true", "off", "on", "no", "yes"};

	for (int i = 0; i < 6; i++)
		if (!strcasecmp(in->text, words[i]))
			return *(int *)value = i % 2, 0;
	return -EINVAL;
}

/* --- numbers --- */

static int integer_between(const char *text, int64_t min, int64_t max, int64_t *value)
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

static int parse_integer(const struct scalar *in, void *value)
{
	return integer_between(in->text, in->key->min, in->key->max, value);
}

static int parse_from(const struct scalar *in, void *value)
{
	if (strncmp(in->text, "from ", 5))
		return -EINVAL;
	return integer_between(in->text + 5, in->key->min, in->key->max, value);
}

static int parse_vlan(const struct scalar *in, void *value)
{
	int64_t n = KEY_VLAN_NONE;

	if ((in->key->min >= 0 || strcmp(in->text, "none")) && integer_between(in->text, 1, in->key->max, &n))
		return -EINVAL;
	*(int *)value = (int)n;
	return 0;
}

/* A decimal number with up to three decimals, and a unit. */
static int parse_quantity(const struct scalar *in, void *value)
{
	int64_t whole = 0, part = 0, scale = 1, result;
	const char *p = in->text;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if ((whole = whole * 10 + (*p - '0')) > 1000000000)
			return -EINVAL;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p) && scale < 1000; p++, scale *= 10)
			part = part * 10 + (*p - '0');
	p += strspn(p, " ");
	for (const struct unit *unit = key_kinds[in->key->type].units; unit->name; unit++) {
		if (strcmp(p, unit->name))
			continue;
		result = whole * unit->factor + part * unit->factor / scale;
		if (result < in->key->min || result > in->key->max)
			return -EINVAL;
		*(int64_t *)value = result;
		return 0;
	}
	return -EINVAL;
}

/* --- addresses and ports --- */

static int parse_ipv4(const struct scalar *in, void *value)
{
	uint32_t *address = value;

	return ipv4_parse(address, in->text) || !*address ? -EINVAL : 0;
}

static int parse_subnet(const struct scalar *in, void *value)
{
	struct key_prefix *prefix = value;
	char address[IPV4_TEXT];
	int64_t length;
	int used = 0;

	if (sscanf(in->text, "%15[0-9.]/%n", address, &used) != 1 || !used ||
	    ipv4_parse(&prefix->address, address) || !prefix->address ||
	    integer_between(in->text + used, in->key->min, in->key->max, &length))
		return -EINVAL;
	prefix->length = (int)length;
	return prefix->address & ~(~(uint32_t)0 << (32 - length)) ? -EINVAL : 0;
}

static int parse_range(const struct scalar *in, void *value)
{
	struct key_range *range = value;
	const char *last = in->text + strcspn(in->text, " -");
	char first[32];

	snprintf(first, sizeof(first), "%.*s", (int)(last - in->text), in->text);
	last += strspn(last, " ");
	if (*last++ != '-' || ipv4_parse(&range->first, first) || !range->first ||
	    ipv4_parse(&range->last, last + strspn(last, " ")))
		return -EINVAL;
	return range->first <= range->last ? 0 : -EINVAL;
}

static int parse_mac(const struct scalar *in, void *value)
{
	struct key_mac *mac = value;

	if (mac_parse(&mac->mac, in->text) || mac_is_group(&mac->mac))
		return -EINVAL;
	mac->has = true;
	return 0;
}

/* "Gi1/0/5", "Te1/1/1", with the long names too; a range where the key is one of ports. */
static int parse_port(const struct scalar *in, void *value)
{
	static const struct {
		const char *name;
		bool uplink;
	} names[] = {{"GigabitEthernet", false}, {"TenGigabitEthernet", true}, {"Gi", false}, {"Te", true}};
	struct key_port *port = value;
	const char *space = strrchr(in->text, ' '), *text = space ? space + 1 : in->text;
	unsigned member, slot, number, last;
	int used = 0;

	*port = (struct key_port){0};
	if (space) {
		port->switch_name = arena_copy(in->arena, in->text, (size_t)(space - in->text));
		if (strchr(port->switch_name, ' '))
			return -EINVAL;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].name);

		if (strncasecmp(text, names[i].name, n) || !isdigit((unsigned char)text[n]))
			continue;
		if (sscanf(text + n, "%4u/%1u/%4u%n", &member, &slot, &number, &used) != 3)
			return -EINVAL;
		last = number;
		if (in->key->type == KEY_PORTS && text[n + (size_t)used] == '-') {
			n += (size_t)used + 1;
			if (!isdigit((unsigned char)text[n]) || sscanf(text + n, "%4u%n", &last, &used) != 1)
				return -EINVAL;
		}
		if (text[n + (size_t)used] || !member || !number || slot != names[i].uplink || last < number)
			return -EINVAL;
		port->member = (int)member;
		port->uplink = names[i].uplink;
		port->number = (int)number;
		port->last = (int)last;
		return 0;
	}
	return -EINVAL;
}

/* --- JSON Schema --- */

static json_t *schema_token(const struct key *key)
{
	return json_pack(
	    "{s:s,s:o}", "type", "string", "pattern",
	    json_sprintf("^[A-Za-z0-9][A-Za-z0-9%s]{0,%d}$", key->choices[0], (int)key->max - 1));
}

static json_t *schema_flag(const struct key *key)
{
	(void)key;
	return json_pack("{s:[b,b,s,s,s,s]}", "enum", 1, 0, "on", "off", "yes", "no");
}

static json_t *schema_vlan(const struct key *key)
{
	json_t *number = json_pack("{s:s,s:i,s:i}", "type", "integer", "minimum", 1, "maximum", 4094);

	return key->min >= 0 ? number : json_pack("{s:[o,{s:s}]}", "anyOf", number, "const", "none");
}

static json_t *schema_words(const struct key *key)
{
	json_t *list = json_array();

	for (size_t i = 0; key->choices[i]; i++)
		json_array_append_new(list, json_string(key->choices[i]));
	/* A word of digits reads as a number in YAML unless it is quoted. */
	for (size_t i = 0; key->choices[i]; i++)
		if (strspn(key->choices[i], "0123456789") == strlen(key->choices[i]))
			json_array_append_new(list, json_integer(atoll(key->choices[i])));
	return json_pack("{s:o}", "enum", list);
}

static json_t *schema_object(const struct key *key)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", key->shape->name));
}

/* --- the table --- */

#define IPV4_PATTERN "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}"
#define PORT_PATTERN "^([A-Za-z0-9-]+ )?(Gi|Te|GigabitEthernet|TenGigabitEthernet)[0-9]+/[01]/[0-9]+"
#define MAC_PATTERN  "^[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}$|^([0-9A-Fa-f]{4}\\.){2}[0-9A-Fa-f]{4}$"

static const struct unit watts[] = {{"mW", 1}, {"W", 1000}, {"kW", 1000000}, {0}};
static const struct unit durations[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {0}};
static const struct unit times[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {0}};

/* Each row: size, byte of an omitted value, parse, expected text; then what the type has in addition. */
const struct key_kind key_kinds[] = {
    [KEY_TEXT] = {sizeof(char *), 0, parse_text, "text of {min} to {max} characters", .other_type = "number",
		  .least = "minLength", .greatest = "maxLength"},
    [KEY_NAME] = {sizeof(char *), 0, parse_token, "a name of {min} to {max} letters, digits or hyphens",
		  .others = "-", .pattern = "^[A-Za-z0-9][A-Za-z0-9-]*$", .greatest = "maxLength"},
    [KEY_NUMBER] = {sizeof(char *), 0, parse_number, "a directory number: up to 24 digits, *, # or +",
		    .other_type = "integer", .pattern = "^[0-9*#+]{1,24}$"},
    [KEY_LOAD] = {sizeof(char *), 0, parse_token, "the name of a load, such as sip78xx.14-2-1-0001-125",
		  .others = ".-_", .pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"},
    [KEY_TOKEN] = {sizeof(char *), 0, parse_token,
		   "up to {max} letters, digits or characters of \"{first}\", a letter or digit first",
		   .schema = schema_token},
    [KEY_FLAG] = {sizeof(int), 0xff, parse_flag, "true or false", .schema = schema_flag,
		  .fallback = JSON_TRUE},
    [KEY_INTEGER] = {sizeof(int64_t), 0xff, parse_integer, "a number from {min} to {max}",
		     .json_type = "integer", .least = "minimum", .greatest = "maximum",
		     .fallback = JSON_INTEGER},
    [KEY_WATTS] = {sizeof(int64_t), 0xff, parse_quantity,
		   "a power with its unit from {min_1000}W to {max_1000}W, such as 370W", .units = watts,
		   .pattern = "^[0-9]+(\\.[0-9]+)? *(mW|W|kW)$"},
    [KEY_DURATION] = {sizeof(int64_t), 0xff, parse_quantity,
		      "a time from {min}s to {max}s, such as 90s, 30m, 1h or 7d", .units = durations,
		      .pattern = "^[0-9]+(\\.[0-9]+)? *(s|m|h|d)$"},
    [KEY_TIME] = {sizeof(int64_t), 0xff, parse_quantity,
		  "a time from {min}ms to {max_1000}s, such as 500ms, 2s, 1.5s or 1m", .units = times,
		  .pattern = "^[0-9]+(\\.[0-9]+)? *(ms|s|m)$"},
    [KEY_CHOICE] = {sizeof(int), 0xff, parse_choice, "{choices}", .schema = schema_words},
    [KEY_VLAN] = {sizeof(int), 0, parse_vlan, "a VLAN from 1 to 4094{or_none}", .schema = schema_vlan,
		  .fallback = JSON_INTEGER},
    [KEY_IPV4] = {sizeof(uint32_t), 0, parse_ipv4, "an IPv4 address, such as 10.110.0.2",
		  .pattern = "^" IPV4_PATTERN "$"},
    [KEY_SUBNET] = {sizeof(struct key_prefix), 0, parse_subnet,
		    "a subnet with a prefix of {min} to {max} bits and no host bits, such as 10.110.0.0/24",
		    .pattern = "^" IPV4_PATTERN "/[0-9]{1,2}$"},
    [KEY_RANGE] = {sizeof(struct key_range), 0, parse_range, "FIRST-LAST, such as 10.110.0.50-10.110.0.250",
		   .pattern = "^" IPV4_PATTERN " *- *" IPV4_PATTERN "$"},
    [KEY_MAC] = {sizeof(struct key_mac), 0, parse_mac,
		 "a MAC address of one device, such as 00:11:22:aa:bb:01", .pattern = MAC_PATTERN},
    [KEY_PORT] = {sizeof(struct key_port), 0, parse_port, "a port, such as Gi1/0/5 or sw1 Gi1/0/5",
		  .pattern = PORT_PATTERN "$"},
    [KEY_PORTS] = {sizeof(struct key_port), 0, parse_port, "a port or a range, such as Gi1/0/5 or Gi1/0/1-8",
		   .pattern = PORT_PATTERN "(-[0-9]+)?$"},
    [KEY_FROM] = {sizeof(int64_t), 0, parse_from, "the word from and a number, such as from 2001",
		  .pattern = "^from [0-9]+$"},
    [KEY_WORD] = {sizeof(char *), 0, parse_word, "one of {words}", .schema = schema_words},
    [KEY_OBJECT] = {.expected = "a map", .schema = schema_object},
    [KEY_TREE] = {.size = sizeof(struct yaml_node *), .expected = "a map", .json_type = "object"},
    [KEY_OTHERS] = {.size = sizeof(struct key_option),
		    .expected = "the value of a DHCP option: up to 500 characters in one line"},
};

size_t key_size(const struct key *key)
{
	return key->type == KEY_OBJECT ? key->shape->size : key_kinds[key->type].size;
}

int key_parse(const struct key *key, const char *text, struct arena *arena, void *value)
{
	const struct key_kind *kind = &key_kinds[key->type];

	return kind->parse ? kind->parse(&(struct scalar){key, text, arena}, value) : -EINVAL;
}

/* --- expected values --- */

struct word {
	const char *name, *value;
};

static const char *word_value(const void *words, const char *name, size_t length)
{
	const struct word *word = words;

	while (word->name && (strlen(word->name) != length || strncmp(word->name, name, length)))
		word++;
	return word->value;
}

static const char *join(struct arena *arena, const char *const *items, const char *before_last)
{
	const char *text = "";

	for (size_t i = 0; items && items[i]; i++)
		text = arena_format(arena, "%s%s%s", text,
				    !i		   ? ""
				    : items[i + 1] ? ", "
						   : before_last,
				    items[i]);
	return text;
}

void key_expected(const struct key *key, char *text, size_t size)
{
	long long min = key->min, max = key->max;
	struct arena arena = {0};
	struct text expected = {0};
	const struct word words[] = {
	    {"min", arena_format(&arena, "%lld", min)},
	    {"max", arena_format(&arena, "%lld", max)},
	    {"min_1000", arena_format(&arena, "%lld", min / 1000)},
	    {"max_1000", arena_format(&arena, "%lld", max / 1000)},
	    {"or_none", min < 0 ? ", or none" : ""},
	    {"first", key->choices ? key->choices[0] : ""},
	    {"choices", join(&arena, key->choices, " or ")},
	    {"words", join(&arena, key->choices, ", ")},
	    {0},
	};

	braces_expand(key_kinds[key->type].expected, word_value, words, &expected, &(struct fail){0});
	snprintf(text, size, "%s", expected.bytes ? expected.bytes : "");
	text_free(&expected);
	arena_free(&arena);
}
