/* The lines of a phone in addPhone and updatePhone. */
#include "cucm-service/core/axl.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MOST 6

struct line {
	long index;
	const char *number, *label, *display;
};

static int by_index(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* The lines of an element: how many, or -1 with the fault written. */
static int read_lines(struct axl *axl, const xmlNode *element, struct line lines[LINES_MOST])
{
	int count = 0;

	for (const xmlNode *line = soap_child(element, "line"); line; line = soap_next(line, "line")) {
		const xmlNode *dirn = soap_child(line, "dirn");
		const char *partition = soap_text_of(axl->soap, dirn, "routePartitionName");

		if (count == LINES_MOST) {
			axl_fault(axl, AXL_CODE_GENERAL, "lines: expected at most %d lines", LINES_MOST);
			return -1;
		}
		lines[count] =
		    (struct line){.index = strtol(soap_text_of(axl->soap, line, "index"), NULL, 10),
				  .number = soap_text_of(axl->soap, dirn, "pattern"),
				  .label = soap_text_of(axl->soap, line, "label"),
				  .display = soap_text_of(axl->soap, line, "display")};
		if (!*lines[count].number) {
			axl_fault(axl, AXL_CODE_GENERAL,
				  "lines/line/dirn/pattern: expected a directory number");
			return -1;
		}
		if (*partition) {
			axl_fault(axl, AXL_CODE_NOT_FOUND,
				  "Item not valid: The specified RoutePartition %s was not found", partition);
			return -1;
		}
		count++;
	}
	qsort(lines, (size_t)count, sizeof(*lines), by_index);
	return count;
}

/* The device has one label and one caller name for its lines: those of the first line that has one. */
static int put_texts(struct axl *axl, const struct line *lines, int count, json_t *set)
{
	const char *label = "", *display = "";

	for (int i = 0; i < count; i++) {
		label = *label ? label : lines[i].label;
		display = *display ? display : lines[i].display;
	}
	return (*label && axl_put_text(axl, set, "label", label)) ||
		       (*display && axl_put_text(axl, set, "display_name", display))
		   ? -1
		   : 0;
}

static int put_numbers(struct axl *axl, const char *const *numbers, size_t count, json_t *set)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *number = json_string(numbers[i]);

		if (!number || json_array_append_new(list, number)) {
			json_decref(list);
			axl_fault(axl, AXL_CODE_GENERAL, "pattern: expected a text in UTF-8");
			return -1;
		}
	}
	if (!count) {
		json_decref(list);
		axl_fault(axl, AXL_CODE_GENERAL, "lines: a phone of the lab has at least one line");
		return -1;
	}
	axl_put(axl, set, "line", list);
	return 0;
}

int axl_set_lines(struct axl *axl, const xmlNode *element, json_t *set)
{
	struct line lines[LINES_MOST];
	const char *numbers[LINES_MOST];
	int count = read_lines(axl, element, lines);

	for (int i = 0; i < count; i++)
		numbers[i] = lines[i].number;
	return count < 0 || put_texts(axl, lines, count, set) || put_numbers(axl, numbers, (size_t)count, set)
		   ? -1
		   : 0;
}

int axl_change_lines(struct axl *axl, const struct table_device *device, json_t *set)
{
	const xmlNode *add = soap_child(axl->soap->operation, "addLines");
	const xmlNode *drop = soap_child(axl->soap->operation, "removeLines");
	struct line added[LINES_MOST], removed[LINES_MOST];
	const char *numbers[2 * 16 + LINES_MOST];
	int add_count = read_lines(axl, add, added), drop_count = 0;
	size_t count = 0;

	if (add_count >= 0)
		drop_count = read_lines(axl, drop, removed);
	if (add_count < 0 || drop_count < 0)
		return -1;
	for (size_t i = 0; i < device->line_count && count < 16; i++) {
		bool gone = false;

		for (int j = 0; j < drop_count; j++)
			gone = gone || !strcmp(removed[j].number, device->lines[i].number);
		if (!gone)
			numbers[count++] = device->lines[i].number;
	}
	for (int i = 0; i < add_count; i++)
		numbers[count++] = added[i].number;
	return put_numbers(axl, numbers, count, set);
}
