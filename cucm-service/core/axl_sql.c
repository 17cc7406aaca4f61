/* executeSQLQuery. */
#include "cucm-service/core/axl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/markup.h"

#define SQL_MOST 8192

/* A word at *at, and a number behind it: *value. Moves *at behind both. */
static bool word_and_number(const char **at, const char *word, unsigned long *value)
{
	const char *from = *at + strspn(*at, " \t\r\n");
	char *end;

	if (strncasecmp(from, word, strlen(word)) || !isspace((unsigned char)from[strlen(word)]))
		return false;
	from += strlen(word);
	from += strspn(from, " \t\r\n");
	if (!isdigit((unsigned char)*from))
		return false;
	*value = strtoul(from, &end, 10);
	*at = end;
	return true;
}

/* CUCM's database is Informix: SELECT SKIP n FIRST m .. becomes SELECT .. LIMIT m OFFSET n. */
enum axl_next axl_query(struct axl *axl)
{
	const char *sql = soap_text_of(axl->soap, axl->soap->operation, "sql"), *rest = sql + 6;
	unsigned long skip = 0, first = 0;
	struct text text = {0};
	bool skips, firsts;

	if (!*sql || strlen(sql) > SQL_MOST)
		return axl_fault(axl, AXL_CODE_GENERAL, "sql: expected a statement of up to %d octets",
				 SQL_MOST);
	if (strncasecmp(sql, "select", 6) || !isspace((unsigned char)sql[6]))
		return axl_fault(axl, AXL_CODE_GENERAL, "sql: expected a statement that begins with select");
	skips = word_and_number(&rest, "skip", &skip);
	firsts = word_and_number(&rest, "first", &first);
	text_add(&text, "select %s", rest);
	if (skips || firsts)
		text_add(&text, " limit %ld offset %lu", firsts ? (long)first : -1L, skip);
	axl->sql = text_take(&text);
	return axl->sql ? AXL_QUERY : axl_fault(axl, AXL_CODE_GENERAL, "out of memory");
}

/* The name of a column as an element: lower-case letters, digits, _ ; other characters become _. */
static void column_name(const char *name, char out[64])
{
	size_t n = 0;

	for (; name[n] && n < 63; n++)
		out[n] = isalnum((unsigned char)name[n]) ? (char)tolower((unsigned char)name[n]) : '_';
	out[n] = 0;
	if (!n)
		strcpy(out, "_");
	else if (isdigit((unsigned char)out[0]))
		out[0] = '_';
}

void axl_rows(struct axl *axl, const json_t *rows, const char *why)
{
	json_t *row, *value;
	const char *column;
	size_t i;

	if (!rows) {
		axl_fault(axl, AXL_CODE_GENERAL, "%s", why);
		return;
	}
	axl_open(axl);
	json_array_foreach (rows, i, row) {
		text_add(axl->reply, "<row>");
		json_object_foreach (row, column, value) {
			char name[64];

			column_name(column, name);
			soap_put(axl->reply, name, json_is_string(value) ? json_string_value(value) : "");
		}
		text_add(axl->reply, "</row>");
	}
	if (axl->reply->length > AXL_REPLY_MOST)
		axl_fault(axl, AXL_CODE_GENERAL,
			  "Query request too large. Total rows matched: %zu rows. Suggestive Row Fetch: "
			  "less than %zu rows",
			  json_array_size(rows),
			  json_array_size(rows) * (size_t)AXL_REPLY_MOST / (axl->reply->length + 1));
	else
		axl_close(axl);
}
