/* Lists: where an item of a file belongs in the array of its struct. */
#include "wire/phonexml_table.h"

#include <stdio.h>
#include <string.h>

static unsigned key_of(const char *item)
{
	unsigned key;

	memcpy(&key, item, sizeof(key));
	return key;
}

static const struct xml_row *key_row(const struct xml_table *table)
{
	for (size_t i = 0; i < table->rows; i++)
		if (table->row[i].flags & XML_KEY)
			return &table->row[i];
	return NULL;
}

/* The item of the list that has the key, or (greatest) the one with the greatest key; NULL: none. */
static char *find_item(char *item, size_t size, unsigned count, unsigned key, bool greatest)
{
	char *found = NULL;

	for (unsigned i = 0; i < count; i++, item += size)
		if (greatest ? !found || key_of(item) > key_of(found) : key_of(item) == key)
			found = item;
	return found;
}

static void report_full(struct xml_decoder *decoder, const struct xml_row *row)
{
	char found[64], used[64];

	if (decoder->full == row)
		return;
	decoder->full = row;
	snprintf(found, sizeof(found), "more than %lu of them", row->greatest);
	snprintf(used, sizeof(used), "%lu of them", row->greatest);
	xml_warn(decoder, found, used);
}

/* Where the new item belongs: in place of an item with the same key, behind the last one, or, in a full list, in
 * place of the item with the greatest key. NULL: nowhere. */
static char *place_for(struct xml_decoder *decoder, const struct xml_row *row, char *list, unsigned *count,
		       const char *item)
{
	bool keyed = key_row(row->items) != NULL;
	char *place = keyed ? find_item(list, row->size, *count, key_of(item), false) : NULL;
	char found[64];

	if (place) {
		snprintf(found, sizeof(found), "%u a second time", key_of(item));
		xml_warn(decoder, found, "the last one of several");
		return place;
	}
	if (*count < row->greatest)
		return list + (*count)++ * row->size;
	report_full(decoder, row);
	place = keyed ? find_item(list, row->size, *count, 0, true) : NULL;
	return place && key_of(place) > key_of(item) ? place : NULL;
}

void xml_read_item(struct xml_decoder *decoder, const xmlNode *element, const struct xml_row *row, char *base)
{
	unsigned *count = (unsigned *)(void *)(base + row->also);
	const struct xml_row *key = key_row(row->items);
	_Alignas(max_align_t) char item[XML_ITEM_MAX];
	char *list = base + row->offset, *place;
	unsigned next = 0;

	memset(item, 0, row->size);
	if (key) {
		place = find_item(list, row->size, *count, 0, true);
		next = place ? key_of(place) + 1 : (unsigned)key->least;
	}
	if (!xml_fill(decoder, element, row->items, item, next))
		return;
	place = place_for(decoder, row, list, count, item);
	if (place)
		memcpy(place, item, row->size);
}
