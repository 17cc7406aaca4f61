/* The page itself: HTML with the phones for readers without scripts. */
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/markup.h"
#include "base/text.h"
#include "base/utf8.h"
#include "phonelab/web/files.h"
#include "phonelab/web/internal.h"
#include "phonelab/web/shape.h"

#define STATUS_S 20

/* Text from the lab, without control characters that would reorder it. */
static void add_clean(struct text *out, const char *before, const char *value)
{
	char text[400];

	text_add(out, "%s", before);
	markup_add_value(out, utf8_clean(value, text, sizeof(text)));
}

/* The phones as a table, for readers without scripts. */
static void add_phones(struct text *out, const json_t *status)
{
	json_t *board = web_shape(status), *phone, *steps, *step;
	const char *name, *n;

	json_object_foreach (json_object_get(board, "phones"), name, phone) {
		const char *where = json_text(phone, "registered_with");
		char at[300] = "";

		steps = json_object_get(phone, "steps");
		json_object_foreach (steps, n, step) {
			const char *state = json_string_value(json_array_get(step, 0));

			if (!*at && state && strcmp(state, "done") && strcmp(state, "skipped"))
				snprintf(at, sizeof(at), "step %s %s: %s", n, state,
					 json_string_value(json_array_get(step, 2)));
		}
		add_clean(out, "<tr><th scope=\"row\">", name);
		add_clean(out, "</th><td>", json_text(phone, "state"));
		add_clean(out, "</td><td>", json_text(phone, "directory_number"));
		add_clean(out, "</td><td>", *at ? at : where);
		text_add(out, "</td></tr>\n");
	}
	json_decref(board);
}

/* The page, with the marks @LAB@, @SECRET@, @KEY@ and @PHONES@ replaced. */
static void send_page(struct web_server *server, struct evhttp_request *request, const json_t *status)
{
	const struct web_file *file = web_file_find("/");
	const char *at = file->bytes, *mark;
	struct text page = {0};

	while ((mark = memchr(at, '@', (size_t)(file->end - at)))) {
		text_add_bytes(&page, at, (size_t)(mark - at));
		at = mark + 1;
		if (!strncmp(at, "LAB@", 4))
			markup_add_value(&page, server->lab->name);
		else if (!strncmp(at, "SECRET@", 7))
			markup_add_value(&page, server->guard.secret);
		else if (!strncmp(at, "KEY@", 4))
			markup_add_value(&page, server->frame_key);
		else if (!strncmp(at, "PHONES@", 7))
			add_phones(&page, status);
		at = strchr(at, '@') + 1;
	}
	text_add_bytes(&page, at, (size_t)(file->end - at));
	if (page.failed)
		web_reply_error(request, HTTP_SERVUNAVAIL, "out of memory");
	else
		web_reply(request, HTTP_OK, "text/html; charset=utf-8", page.bytes, page.length);
	text_free(&page);
}

static void on_page_status(void *arg, const json_t *reply, const struct fail *fail)
{
	struct web_pending *pending = arg;
	struct web_server *server = pending->server;

	(void)fail; /* the page itself reports that the lab does not answer */
	send_page(server, web_take_request(pending), reply);
}

void web_answer_page(struct web_server *server, struct evhttp_request *request)
{
	web_ask_lab(server, request, "lab.sock", json_pack("{s:s}", "do", "status"), STATUS_S,
		    on_page_status);
}
