/* The section about a server of the user. */
#include "phonelab/scenario/page.h"

#include <string.h>

#include "base/json_text.h"
#include "base/markup.h"

static void add_answers(struct page *page, const json_t *why, const json_t *server)
{
	const json_t *exchange;
	size_t i;

	text_add(&page->html, "<div class=wide><table><tr><th>step<th>asked<th>answered<th>ms<th>times</tr>");
	json_array_foreach (json_object_get(why, "exchanges"), i, exchange) {
		if (strcmp(json_text(exchange, "server"), json_text(server, "address")))
			continue;
		text_add(&page->html, "<tr%s>",
			 strcmp(json_text(exchange, "kind"), "good") ? " class=first" : "");
		markup_add(&page->html, "<td>%lld<td class=mono>%s<td>%s<td>", json_int(exchange, "step"),
			   json_text(exchange, "asked"), json_text(exchange, "answered"));
		if (json_object_get(exchange, "ms"))
			text_add(&page->html, "%lld", json_int(exchange, "ms"));
		text_add(&page->html, "<td>%lld</tr>", json_int(exchange, "times"));
	}
	text_add(&page->html, "</table></div>");
}

static void add_log(struct page *page, const json_t *why)
{
	const json_t *lines = json_object_get(why, "log"), *line;
	size_t i;

	if (!json_array_size(lines)) {
		text_add(&page->html, "<p class=dim>It printed nothing, or the lab does not run it.</p>");
		return;
	}
	text_add(&page->html, "<div class=wide><table><tr><th>log<th>line</tr>");
	json_array_foreach (lines, i, line)
		markup_add(&page->html, "<tr><td class=mono>%s<td class=mono>%s</tr>",
			   json_text(line, "from"), json_text(line, "text"));
	text_add(&page->html, "</table></div>");
}

void page_add_why(struct page *page)
{
	const json_t *why = json_object_get(page->result, "why"), *server = json_object_get(why, "server");
	const json_t *note;
	size_t i;

	json_array_foreach (json_object_get(why, "notes"), i, note)
		markup_add(&page->html, "<p><b>Note</b> %s</p>", json_string_value(note));
	if (!server)
		return;
	markup_add(&page->html, "<h2>Your server: %s</h2><p>Address %s, asked by <span class=mono>%s</span>",
		   json_text(server, "name"), json_text(server, "address"), json_text(why, "phone"));
	if (*json_text(server, "program"))
		markup_add(&page->html, "; its program %s", json_text(server, "program"));
	text_add(&page->html, "</p>");
	if (*json_text(why, "needs"))
		markup_add(&page->html, "<p><b>What a phone needs</b> %s</p>", json_text(why, "needs"));
	add_answers(page, why, server);
	add_log(page, why);
}
