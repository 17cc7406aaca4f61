#include "phone-sim/driver/web_template.h"

#include <stdio.h>
#include <string.h>

#include "base/markup.h"

__asm__(".pushsection .rodata\n"
	"web_page_html:\n .incbin \"phone-sim/driver/page.html\"\n .byte 0\n"
	".popsection\n");

extern const char web_page_html[];

static void add_field(struct text *out, const struct web_field *fields, const char *name, size_t length)
{
	for (; fields->name; fields++)
		if (strlen(fields->name) == length && !memcmp(fields->name, name, length)) {
			if (fields->markup)
				text_add(out, "%s", fields->value);
			else
				markup_add_value(out, fields->value);
			return;
		}
}

void web_template_add(struct text *out, const char *block, const struct web_field *fields)
{
	char mark[32];
	const char *at, *end;

	snprintf(mark, sizeof(mark), "<!-- %s -->\n", block);
	at = strstr(web_page_html, mark) + strlen(mark);
	end = strstr(at, "<!-- ");
	while (at < end) {
		size_t plain = strcspn(at, "{");

		if (at + plain >= end)
			plain = (size_t)(end - at);
		text_add_bytes(out, at, plain);
		at += plain;
		if (at < end) {
			size_t length = strcspn(++at, "}");

			add_field(out, fields, at, length);
			at += length + 1;
		}
	}
}
