/* getLine, listLine and addLine: directory numbers, with or without a device. */
#include "cucm-service/core/axl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/markup.h"

/* A directory number of the cluster. */
struct number {
	const char *number, *description, *display;
};

static int compare_numbers(const void *a, const void *b)
{
	return strcmp(((const struct number *)a)->number, ((const struct number *)b)->number);
}

/* All directory numbers, each once, sorted: *count; the caller frees the list. NULL: out of memory. */
static struct number *numbers_of(const struct table *table, size_t *count)
{
	size_t room = table->number_count, n = 0, kept = 0;
	struct number *list;

	for (size_t i = 0; i < table->device_count; i++)
		room += table->devices[i].line_count;
	list = calloc(room + 1, sizeof(*list));
	for (size_t i = 0; i < table->device_count && list; i++)
		for (size_t j = 0; j < table->devices[i].line_count; j++)
			list[n++] = (struct number){table->devices[i].lines[j].number, "",
						    table->devices[i].lines[j].display};
	for (size_t i = 0; i < table->number_count && list; i++)
		list[n++] = (struct number){table->numbers[i].number, table->numbers[i].description, ""};
	if (n)
		qsort(list, n, sizeof(*list), compare_numbers);
	for (size_t i = 0; i < n; i++) {
		if (kept && !strcmp(list[kept - 1].number, list[i].number)) {
			if (*list[i].description)
				list[kept - 1].description = list[i].description;
			if (*list[i].display)
				list[kept - 1].display = list[i].display;
		} else {
			list[kept++] = list[i];
		}
	}
	*count = kept;
	return list;
}

static void put_number(struct axl *axl, const struct number *line, bool list)
{
	struct text *text = axl->reply;
	char uuid[TABLE_UUID];

	markup_add(text, "<line uuid=\"{%s}\">", table_uuid("numplan", line->number, uuid));
	if (axl_wants(axl, "pattern"))
		soap_put(text, "pattern", line->number);
	if (axl_wants(axl, "description"))
		soap_put(text, "description", line->description);
	if (axl_wants(axl, "usage"))
		soap_put(text, "usage", "Device");
	if (axl_wants(axl, "routePartitionName"))
		axl_put_key(text, "routePartitionName", "partition", "");
	if (axl_wants(axl, "alertingName"))
		soap_put(text, "alertingName", line->display);
	if (!list && axl_wants(axl, "associatedDevices")) {
		text_add(text, "<associatedDevices>");
		for (size_t i = 0; i < axl->table->device_count; i++)
			for (size_t j = 0; j < axl->table->devices[i].line_count; j++)
				if (!strcmp(axl->table->devices[i].lines[j].number, line->number))
					soap_put(text, "device", axl->table->devices[i].name);
		text_add(text, "</associatedDevices>");
	}
	text_add(text, "</line>");
}

enum axl_next axl_get_line(struct axl *axl)
{
	const xmlNode *request = axl->soap->operation;
	const char *pattern = soap_text_of(axl->soap, request, "pattern");
	const char *uuid = soap_text_of(axl->soap, request, "uuid");
	const struct number *found = NULL;
	size_t count = 0;
	struct number *list = numbers_of(axl->table, &count);

	axl->failed |= !list;
	for (size_t i = 0; list && i < count && !found; i++) {
		char own[TABLE_UUID];

		table_uuid("numplan", list[i].number, own);
		if (*pattern ? !strcmp(pattern, list[i].number) : *uuid && axl_same_uuid(uuid, own))
			found = &list[i];
	}
	if (found) {
		axl_open(axl);
		put_number(axl, found, false);
		axl_close(axl);
	} else {
		axl_fault(axl, AXL_CODE_NOT_FOUND, "Item not valid: The specified Line was not found");
	}
	free(list);
	return AXL_DONE;
}

enum axl_next axl_list_line(struct axl *axl)
{
	const xmlNode *criteria = soap_child(axl->soap->operation, "searchCriteria");
	const char *pattern = soap_text_of(axl->soap, criteria, "pattern");
	const char *description = soap_text_of(axl->soap, criteria, "description");
	size_t skip, first, matched = 0, count = 0;
	struct number *list;

	if (!soap_first(criteria))
		return axl_fault(axl, AXL_CODE_GENERAL, "searchCriteria: expected pattern or description");
	list = numbers_of(axl->table, &count);
	axl->failed |= !list;
	axl_window(axl, &skip, &first);
	axl_open(axl);
	for (size_t i = 0; list && i < count; i++)
		if ((!*pattern || table_like(pattern, list[i].number)) &&
		    (!*description || table_like(description, list[i].description)) && matched++ >= skip &&
		    matched - skip <= first)
			put_number(axl, &list[i], true);
	free(list);
	if (axl->reply->length > AXL_REPLY_MOST)
		return axl_fault(
		    axl, AXL_CODE_GENERAL,
		    "Query request too large. Total rows matched: %zu rows. Suggestive Row Fetch: "
		    "less than %zu rows",
		    matched, matched * (size_t)AXL_REPLY_MOST / (axl->reply->length + 1));
	return axl_close(axl);
}

enum axl_next axl_add_line(struct axl *axl)
{
	const xmlNode *line = soap_child(axl->soap->operation, "line");
	const char *pattern = soap_text_of(axl->soap, line, "pattern");
	const char *partition = soap_text_of(axl->soap, line, "routePartitionName");
	size_t count = 0;
	struct number *list, *found = NULL;

	if (!*pattern)
		return axl_fault(axl, AXL_CODE_GENERAL,
				 "line/pattern: found nothing, expected a directory number");
	if (*partition)
		return axl_fault(axl, AXL_CODE_NOT_FOUND,
				 "Item not valid: The specified RoutePartition %s was not found", partition);
	list = numbers_of(axl->table, &count);
	axl->failed |= !list;
	if (list)
		found =
		    bsearch(&(struct number){.number = pattern}, list, count, sizeof(*list), compare_numbers);
	free(list);
	if (found)
		return axl_fault(axl, AXL_CODE_DUPLICATE,
				 "Could not insert new row - duplicate value in a UNIQUE INDEX column: %s",
				 pattern);
	table_uuid("numplan", pattern, axl->uuid);
	axl->change = json_pack("{s:s,s:s,s:s}", "do", "device", "number", pattern, "description",
				soap_text_of(axl->soap, line, "description"));
	return axl->change ? AXL_CHANGE
			   : axl_fault(axl, AXL_CODE_GENERAL, "line/pattern: expected a text in UTF-8");
}
