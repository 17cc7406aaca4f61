#include "switch-sim/core/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "switch-sim/core/internal.h"
#include "base/text.h"

static bool add_word(struct cli_line *line, const char *word, size_t length, bool join)
{
	size_t used = strlen(line->text);

	if (join && line->count) {
		line->length[line->count - 1] += (unsigned)length;
	} else {
		if (line->count == CLI_WORDS)
			return false;
		if (used)
			used++;
		line->start[line->count] = (unsigned)used;
		line->length[line->count++] = (unsigned)length;
	}
	if (used + length >= sizeof(line->text))
		return false;
	if (used && !join)
		line->text[used - 1] = ' ';
	memcpy(line->text + used, word, length);
	line->text[used + length] = 0;
	return true;
}

bool cli_split(struct cli_line *line, const char *const *words, unsigned count)
{
	bool kind = false;

	*line = (struct cli_line){.count = 0};
	for (unsigned i = 0; i < count; i++)
		for (const char *at = words[i]; *at;) {
			size_t length;

			at += strspn(at, " \t\r\n");
			length = strcspn(at, " \t\r\n");
			if (!length)
				break;
			for (size_t c = 0; c < length; c++)
				if (!isprint((unsigned char)at[c]))
					return false;
			if (!add_word(line, at, length, kind && isdigit((unsigned char)*at)))
				return false;
			/* "gi" or "GigabitEthernet" alone: the number comes as the next word. */
			kind = switch_config_port_kind(at, length) >= 0;
			at += length;
		}
	return true;
}

static void word_text(const struct cli_line *line, unsigned i, char text[CLI_LINE])
{
	memcpy(text, line->text + line->start[i], line->length[i]);
	text[line->length[i]] = 0;
}

/* Word number i of a pattern; false when it has no such. */
static bool pattern_word(const char *pattern, unsigned i, char word[32])
{
	for (;; i--) {
		size_t length = strcspn(pattern, " ");

		if (!length)
			return false;
		if (!i) {
			memcpy(word, pattern, length);
			word[length] = 0;
			return true;
		}
		pattern += length;
		if (*pattern)
			pattern++;
	}
}

static bool parse_number(const char *text, unsigned low, unsigned high, unsigned *value)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || number < low || number > high)
		return false;
	*value = (unsigned)number;
	return true;
}

/* "all", "none", "10,20-22" */
static bool parse_vlans(const char *text, uint8_t vlans[512])
{
	bool all = !strcasecmp(text, "all");

	memset(vlans, all ? 0xff : 0, 512);
	if (all || !strcasecmp(text, "none"))
		return true;
	while (*text) {
		unsigned long first, last;
		char *end;

		if (!isdigit((unsigned char)*text))
			return false;
		first = last = strtoul(text, &end, 10);
		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		if (first < 1 || last > SWITCH_VLAN_MAX || first > last || (*end && (*end != ',' || !end[1])))
			return false;
		for (; first <= last; first++)
			vlans[first >> 3] |= (uint8_t)(1u << (first & 7));
		text = *end ? end + 1 : end;
	}
	return true;
}

static struct port *parse_port(struct switch_core *core, const char *text)
{
	struct fail fail = {0};
	int port = switch_config_find_port(&core->config, text, &fail);

	return port < 0 ? NULL : &core->ports[port];
}

/* "Gi1/0/1-8": the first and the last of a row. "Gi1/0/1 - 8" has been put together. */
static bool parse_range(struct switch_core *core, const char *text, struct cli_values *values)
{
	char first[CLI_LINE], *dash, *slash;
	unsigned number;

	strcpy(first, text);
	dash = strchr(first, '-');
	if (dash)
		*dash = 0;
	values->port = values->last = parse_port(core, first);
	if (!values->port || !dash)
		return values->port != NULL;
	slash = strrchr(first, '/');
	if (!parse_number(dash + 1, 1, 999, &number) || !slash)
		return false;
	snprintf(slash + 1, sizeof(first) - (size_t)(slash + 1 - first), "%u", number);
	values->last = parse_port(core, first);
	return values->last && values->last >= values->port;
}

/* Does word i fit the pattern word? 0 no, 1 as an abbreviation or value, 2 exactly. */
static int fits(struct switch_core *core, const char *pattern, const struct cli_line *line, unsigned i,
		struct cli_values *values)
{
	char text[CLI_LINE];

	word_text(line, i, text);
	if (*pattern != '<') {
		if (strncasecmp(pattern, text, strlen(text)))
			return 0;
		return strlen(pattern) == strlen(text) ? 2 : 1;
	}
	if (!strcmp(pattern, "<interface>"))
		return (values->port = values->last = parse_port(core, text)) ? 1 : 0;
	if (!strcmp(pattern, "<range>"))
		return parse_range(core, text, values);
	if (!strcmp(pattern, "<vlan>"))
		return parse_number(text, 1, SWITCH_VLAN_MAX, &values->number);
	if (!strcmp(pattern, "<number>"))
		return parse_number(text, 0, 10000000, &values->number);
	if (!strcmp(pattern, "<vlans>"))
		return parse_vlans(text, values->vlans);
	strcpy(values->word, !strcmp(pattern, "<line>") ? line->text + line->start[i] : text);
	return 1;
}

struct search {
	const struct cli_row *row; /* the one that fits the whole line */
	unsigned wrong;		   /* word that fits nothing; count of words when none */
	bool ambiguous, incomplete;
};

/* How many words of the line the row fits, and whether it ends there. */
static unsigned fit_row(struct switch_core *core, const struct cli_row *row, const struct cli_line *line,
			struct cli_values *values, bool *whole, unsigned *exact)
{
	char word[32];
	unsigned i;

	*exact = 0;
	*whole = false;
	for (i = 0; i < line->count; i++) {
		int fit = pattern_word(row->pattern, i, word) ? fits(core, word, line, i, values) : 0;

		if (!fit)
			return i;
		*exact = *exact << 1 | (fit == 2);
		if (!strcmp(word, "<line>")) {
			*whole = true;
			return line->count;
		}
	}
	*whole = !pattern_word(row->pattern, i, word);
	return i;
}

/* Two rows fit as far as the line goes: does an abbreviated word distinguish them, so that it is
 * ambiguous? */
static bool differ(const struct cli_row *a, const struct cli_row *b, unsigned words)
{
	char x[32], y[32];

	for (unsigned i = 0; i < words; i++)
		if (pattern_word(a->pattern, i, x) && pattern_word(b->pattern, i, y) && strcmp(x, y))
			return true;
	return false;
}

static struct search look_up(const struct cli_context *context, const struct cli_row *rows, unsigned modes,
			     const struct cli_line *line, struct cli_values *values)
{
	struct search search = {.wrong = 0};
	const struct cli_row *best = NULL;
	unsigned best_exact = 0;
	bool best_whole = false;

	for (const struct cli_row *row = rows; row->pattern; row++) {
		struct cli_values found = {0};
		unsigned exact, words;
		bool whole;

		if (!(row->modes & modes))
			continue;
		words = fit_row(context->core, row, line, &found, &whole, &exact);
		if (words > search.wrong)
			search.wrong = words;
		if (words < line->count)
			continue;
		if (best && exact == best_exact && differ(best, row, line->count))
			search.ambiguous = true;
		if (!best || exact > best_exact || (exact == best_exact && whole && !best_whole)) {
			if (best && exact > best_exact)
				search.ambiguous = false;
			best = row;
			best_exact = exact;
			best_whole = whole;
			*values = found;
		}
	}
	search.row = best_whole ? best : NULL;
	search.incomplete = best && !best_whole;
	return search;
}

void cli_point(struct cli_context *context, const struct cli_line *line, unsigned column)
{
	text_add(context->out, "%s%s\n%*s^\n%% Invalid input detected at '^' marker.\n\n", context->prompt,
		 line->text, (int)(strlen(context->prompt) + column), "");
}

bool cli_run(struct cli_context *context, const struct cli_row *rows, unsigned modes,
	     const struct cli_line *line)
{
	struct cli_values values = {0};
	struct search search = look_up(context, rows, modes, line, &values);

	if (search.ambiguous) {
		text_add(context->out, "%% Ambiguous command:  \"%s\"\n", line->text);
		return false;
	}
	if (search.incomplete) {
		text_add(context->out, "%% Incomplete command.\n\n");
		return false;
	}
	if (!search.row) {
		cli_point(context, line,
			  search.wrong < line->count ? line->start[search.wrong]
						     : (unsigned)strlen(line->text));
		return false;
	}
	context->row = search.row;
	return !search.row->run || search.row->run(context, &values);
}

bool cli_knows(const struct cli_context *context, const struct cli_row *rows, unsigned modes,
	       const struct cli_line *line)
{
	struct cli_values values = {0};
	struct search search = look_up(context, rows, modes, line, &values);

	return search.row || search.incomplete || search.ambiguous;
}
