#include "wire/odd.h"

#include <stdio.h>

bool wire_odd_add(struct wire_odd *odd, const struct wire_oddity *oddity)
{
	if (odd->count == WIRE_ODD_KINDS) {
		odd->dropped++;
		return false;
	}
	odd->item[odd->count] = *oddity;
	odd->item[odd->count++].count = 1;
	return true;
}

const struct wire_oddity *wire_odd_next(const struct wire_odd *message, struct wire_odd *sender, unsigned *at)
{
	while (*at < message->count) {
		const struct wire_oddity *oddity = &message->item[(*at)++];
		unsigned i = 0;

		while (i < sender->count && sender->item[i].type != oddity->type)
			i++;
		if (i < sender->count)
			sender->item[i].count++;
		else if (wire_odd_add(sender, oddity))
			return oddity;
	}
	return NULL;
}

char *wire_odd_type(const struct wire_oddity *oddity, char *text, size_t size)
{
	if (oddity->type > UINT16_MAX)
		snprintf(text, size, "127 %06x/%u", oddity->type >> 8, oddity->type & 0xff);
	else
		snprintf(text, size, "%u", oddity->type);
	return text;
}

char *wire_odd_text(const struct wire_oddity *oddity, char text[WIRE_ODD_TEXT])
{
	char type[24];

	snprintf(text, WIRE_ODD_TEXT, "%s (type %s), %u octets at offset %u: %s", oddity->name,
		 wire_odd_type(oddity, type, sizeof(type)), oddity->length, oddity->offset, oddity->what);
	return text;
}
