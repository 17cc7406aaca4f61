/* The board of a class as a file for spreadsheets. */
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/web/internal.h"

#define BOARD_S 300

/* The members of a row of the board; a number has no quotes. */
static const char *const columns[] = {"position", "trainee", "points",	 "solved", "phase",
				      "exercise", "seconds", "attempts", "hints",  "lab"};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* RFC 4180: fields in quotes, quotes doubled, rows end with CRLF. */
static void add_field(struct text *csv, const json_t *value, size_t i)
{
	const char *end = i + 1 < COLUMNS ? "," : "\r\n";

	if (json_is_integer(value)) {
		text_add(csv, "%" JSON_INTEGER_FORMAT "%s", json_integer_value(value), end);
		return;
	}
	text_add(csv, "\"");
	for (const char *at = json_is_string(value) ? json_string_value(value) : ""; *at; at++)
		text_add(csv, "%s%c", *at == '"' ? "\"" : "", *at);
	text_add(csv, "\"%s", end);
}

static void on_board(void *arg, int status, const char *output, const char *errors)
{
	struct evhttp_request *request = web_take_request(arg);
	json_t *object = status ? NULL : json_loads(output, 0, NULL), *row;
	struct text csv = {0};
	size_t at;

	for (size_t i = 0; i < COLUMNS; i++)
		text_add(&csv, "%s%s", columns[i], i + 1 < COLUMNS ? "," : "\r\n");
	json_array_foreach (json_object_get(object, "board"), at, row)
		for (size_t i = 0; i < COLUMNS; i++)
			add_field(&csv, json_object_get(row, columns[i]), i);
	if (!object || csv.failed) {
		web_reply_error(request, HTTP_SERVUNAVAIL,
				*errors ? errors : "the board of the class cannot be read");
	} else {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Disposition",
				  "attachment; filename=\"class.csv\"");
		web_reply(request, HTTP_OK, "text/csv; charset=utf-8", csv.bytes, csv.length);
	}
	text_free(&csv);
	json_decref(object);
}

void web_answer_csv(struct web_server *server, struct evhttp_request *request)
{
	web_run_then(
	    server, request,
	    (const char *const[]){"exercise", "board", web_class_file(server->class), "--json", NULL},
	    BOARD_S, on_board);
}
