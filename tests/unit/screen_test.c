/* The terminal display of `up` and `watch`: events and a status in, a text of a bounded size out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "phonelab/client/screen.h"

#define S UINT64_C(1000000)

static struct screen_options options_of(int width, int height)
{
	return (struct screen_options){
	    .width = width, .height = height, .now_us = 100 * S, .clock = "14:02:11", .keys = "q: quit"};
}

static bool event(struct view *view, struct text *plain, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool event(struct view *view, struct text *plain, const char *format, ...)
{
	char line[400];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return view_event(view, line, strlen(line), plain);
}

/* A lab in which phone 0 fails at dhcp, phone 1 boots, and `registered` of the others are registered. */
static struct view *lab(size_t phones, size_t registered)
{
	struct view *view = view_new("office");
	char name[40], number[8];

	snprintf(view->pace, sizeof(view->pace), "real");
	view->began_us = 10 * S;
	for (size_t i = 0; i < phones; i++) {
		snprintf(name, sizeof(name), "SEP001122AA%04zX", i);
		snprintf(number, sizeof(number), "%zu", 2001 + i);
		assert_true(view_add_phone(view, name, "7841", number));
		if (i >= 2 && i < registered + 2)
			event(view, NULL,
			      "{\"t\":90000000,\"node\":\"%s\",\"event\":\"phone.registered\",\"detail\":\"%"
			      "s with "
			      "10.20.0.11\"}",
			      name, number);
		for (int n = 1; i >= 2 && i < registered + 2 && n <= LADDER_STEPS; n++)
			event(view, NULL,
			      "{\"t\":90000000,\"node\":\"%s\",\"step\":%d,\"event\":\"step.done\","
			      "\"detail\":\"x\"}",
			      name, n);
	}
	event(view, NULL,
	      "{\"t\":95000000,\"node\":\"SEP001122AA0000\",\"step\":1,\"event\":\"step.done\",\"detail\":"
	      "\"\"}");
	event(view, NULL,
	      "{\"t\":96000000,\"node\":\"SEP001122AA0000\",\"step\":4,\"event\":\"step.failed\",\"detail\":"
	      "\"no answer to 3 DISCOVERs in VLAN 0, still asking\"}");
	event(view, NULL,
	      "{\"t\":88000000,\"node\":\"SEP001122AA0001\",\"step\":2,\"event\":\"step.active\",\"detail\":"
	      "\"\"}");
	return view;
}

/* The columns of a line, escape sequences left out. */
static int columns(const char *line, size_t length)
{
	int n = 0;

	for (size_t i = 0; i < length;) {
		size_t bytes = utf8_length(line + i, length - i);

		assert_true(bytes > 0);
		if (line[i] == '\033') {
			while (line[i] != 'm')
				i++;
			i++;
			continue;
		}
		n += utf8_columns(utf8_code_point(line + i, bytes));
		i += bytes;
	}
	return n;
}

/* The whole text fits; returns the number of its lines. */
static int fits(const char *text, int width, int height)
{
	int lines = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		if (columns(text, length) > width)
			fail_msg("wider than %d columns: %.*s", width, (int)length, text);
		assert_int_equal(text[length], '\n');
		text += length + 1;
		lines++;
	}
	if (lines > height)
		fail_msg("%d lines, expected at most %d", lines, height);
	return lines;
}

static void test_fits_every_size(void **state)
{
	static const size_t counts[] = {0, 1, 2, 8, 96, 200};
	static const int sizes[][2] = {{50, 15}, {80, 24}, {200, 60}, {1, 1},	 {3, 2},   {20, 5},
				       {40, 8},	 {64, 9},  {159, 30}, {160, 30}, {400, 7}, {500, 100}};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
			for (int kind = 0; kind < 4; kind++) {
				static const char *const hints[] = {"one", "two", NULL};
				struct screen_options options = options_of(sizes[j][0], sizes[j][1]);
				size_t extra = counts[i] > 2 ? counts[i] - 2 : 0;
				struct view *view = counts[i] < 2 ? view_new("x") : lab(counts[i], extra);
				char *text;

				options.utf8 = kind & 1;
				options.colour = kind & 2;
				options.hints = hints;
				view->fault_count = 3;
				text = screen_draw(view, &options);
				assert_non_null(text);
				fits(text, sizes[j][0], sizes[j][1]);
				free(text);
				view_free(view);
			}
}

static uint32_t boot_ms(const char *model)
{
	return strcmp(model, "7841") ? 0 : 65000;
}

/* Failures first, then what climbs; the rest is counted. */
static void test_small_screen(void **state)
{
	struct view *view = lab(40, 37);
	struct screen_options options = options_of(50, 9);
	char *text;

	(void)state;
	options.boot_ms = boot_ms;
	text = screen_draw(view, &options);
	assert_string_equal(text, "office  37 of 40 registered, 1 failed     14:02:11\n"
				  "waits for boot of 1 phone for 0:12 of about 1:05\n"
				  "PHONE           STEPS 1-14     STATE\n"
				  "SEP001122AA0000 #..X.......... dhcp: no answer t..\n"
				  "SEP001122AA0001 .>............ boot 0:12\n"
				  "SEP001122AA0027 .............. no power\n"
				  "SEP001122AA0002 ############## 2003 with 10.20.0..\n"
				  "36 more: 36 registered\n"
				  "q: quit  # done  o skipped  > active  X failed\n");
	free(text);
	view_free(view);
}

static void test_wide_screen(void **state)
{
	struct view *view = lab(3, 1);
	struct screen_options options = options_of(80, 8);
	char *text;

	(void)state;
	options.utf8 = true;
	event(view, NULL,
	      "{\"t\":1,\"node\":\"lab\",\"event\":\"fault.applied\",\"detail\":\"No voice "
	      "VLAN\",\"evidence\":{"
	      "\"number\":1,\"id\":\"no-voice-vlan\",\"phone\":\"SEP001122AA0000\"}}");
	text = screen_draw(view, &options);
	assert_string_equal(
	    text,
	    "office  1 of 3 registered, 1 failed                    real pace  1:30  14:02:11\n"
	    "waits for boot of 1 phone for 0:12  fault 1 applied: No voice VLAN\n"
	    "1 fault: no-voice-vlan SEP001122AA0000\n"
	    "PHONE           MODEL DN     STEPS 1-14     STATE\n"
	    "SEP001122AA0000 7841  2001   \u25cf\u00b7\u00b7\u2717\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7"
	    "\u00b7\u00b7\u00b7 dhcp: no answer to 3 DISCOVERs in V\u2026\n"
	    "SEP001122AA0001 7841  2002   \u00b7\u25b8\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7"
	    "\u00b7\u00b7\u00b7 boot 0:12\n"
	    "SEP001122AA0002 7841  2003   \u25cf\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf\u25cf"
	    "\u25cf\u25cf\u25cf 2003 with 10.20.0.11\n"
	    "q: quit  \u25cf done  \u25cb skipped  \u25b8 active  \u2717 failed\n");
	free(text);
	event(view, NULL,
	      "{\"t\":1,\"node\":\"lab\",\"event\":\"fault.reverted\",\"detail\":\"\",\"evidence\":{"
	      "\"number\":1}}");
	text = screen_draw(view, &options);
	assert_null(strstr(text, "1 fault:"));
	free(text);
	view_free(view);
}

/* Two columns of phones on a wide terminal: 110 phones fit on 60 lines. */
static void test_many_phones(void **state)
{
	struct view *view = lab(96, 94);
	struct screen_options options = options_of(200, 60);
	char *text = screen_draw(view, &options);
	size_t shown = 0;

	(void)state;
	for (const char *at = text; (at = strstr(at, "SEP")); at++)
		shown++;
	assert_int_equal(shown, 96);
	assert_null(strstr(text, " more"));
	free(text);
	view_free(view);
}

/* No colour without `colour`; no character outside ASCII without `utf8`. */
static void test_plain_terminal(void **state)
{
	struct view *view = lab(8, 6);
	struct screen_options options = options_of(80, 24);
	char *text;

	(void)state;
	view_say(view, "Gr\u00fc\u00dfe");
	text = screen_draw(view, &options);
	for (const char *at = text; *at; at++)
		assert_true((*at >= ' ' && *at <= '~') || *at == '\n');
	assert_non_null(strstr(text, "Gr??e"));
	free(text);
	options.colour = true;
	text = screen_draw(view, &options);
	assert_non_null(strstr(text, "\033[31m"));
	free(text);
	view_free(view);
}

/* What comes from the wire does not act on the terminal, and does not make a line longer than it is. */
static void test_hostile_text(void **state)
{
	static const char evil[] = "\\u001b[7m\\u009b2J\\u202e\\u0301\\u6f22\\u5b57\\n";
	struct view *view = lab(3, 1);
	struct screen_options options = options_of(50, 12);
	struct text plain = {0};

	(void)state;
	event(view, NULL,
	      "{\"t\":5,\"node\":\"SEP001122AA0000\",\"event\":\"step.failed\",\"step\":4,\"detail\":\"%s\"}",
	      evil);
	event(view, &plain,
	      "{\"t\":5,\"node\":\"SEP001122AA0001\",\"event\":\"phone.registered\",\"detail\":\"%s\"}",
	      evil);
	assert_non_null(strstr(plain.bytes, "registered: "));
	text_free(&plain);
	for (int i = 0; i < 2; i++) {
		char *text;

		options.utf8 = i;
		text = screen_draw(view, &options);
		assert_null(strchr(text, '\033'));
		assert_null(strstr(text, "\xc2\x9b"));
		assert_null(strstr(text, "\xe2\x80\xae"));
		fits(text, 50, 12);
		free(text);
	}
	view_free(view);
}

/* The lines of an output that is no terminal. */
static void test_plain_lines(void **state)
{
	static const char *const rows[][2] = {
	    {"{\"t\":2500000,\"node\":\"SEP001122AA0002\",\"step\":1,\"event\":\"step.done\",\"detail\":"
	     "\"PoE\"}",
	     "SEP001122AA0002   0.000 s   1 power      done: PoE"},
	    {"{\"t\":3000000,\"node\":\"SEP001122AA0002\",\"step\":2,\"event\":\"step.active\"}", NULL},
	    {"{\"t\":4000000,\"node\":\"SEP001122AA0002\",\"step\":2,\"event\":\"step.failed\",\"detail\":"
	     "\"x\"}",
	     "SEP001122AA0002   1.500 s   2 boot       failed: x"},
	    {"{\"t\":4000000,\"node\":\"SEP001122AA0002\",\"event\":\"phone.unplugged\"}",
	     "SEP001122AA0002  unplugged"},
	    {"{\"t\":5,\"node\":\"dhcp\",\"event\":\"service.action\",\"detail\":\"stop\"}", "dhcp: stop"},
	    {"{\"t\":5,\"node\":\"SEP001122AA0002\",\"event\":\"dhcp.ack\"}", NULL},
	    {"no JSON", NULL},
	    {"[1]", NULL}};
	struct view *view = lab(3, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text plain = {0};

		view_event(view, rows[i][0], strlen(rows[i][0]), &plain);
		if (rows[i][1])
			assert_string_equal(plain.bytes, rows[i][1]);
		else
			assert_int_equal(plain.length, 0);
		text_free(&plain);
	}
	view_free(view);
}

/* A status corrects what events have shown, and adds phones. */
static void test_status(void **state)
{
	json_t *status = json_loads(
	    "{\"phones\":[{\"name\":\"SEP001122AA0000\",\"state\":\"registered\",\"registered_with\":"
	    "\"cucm\","
	    "\"steps\":[{\"n\":4,\"state\":\"done\",\"detail\":\"\"},{\"n\":99,\"state\":\"done\"},{\"n\":1,"
	    "\"state\":\"odd\"}]},{\"name\":\"SEP001122AA0009\",\"state\":\"dark\",\"model\":\"8845\","
	    "\"port\":null}]}",
	    0, NULL);
	struct view *view = lab(2, 0);

	(void)state;
	view->stale = true;
	view_status(view, status, S);
	assert_false(view->stale);
	assert_int_equal(view->count, 3);
	assert_int_equal(view->registered, 1);
	assert_string_equal(view->phones[0].with, "cucm");
	assert_string_equal(view->phones[2].model, "8845");
	assert_int_equal(view_class(&view->phones[2]), VIEW_WAITING);
	assert_true(view->phones[2].unplugged);
	json_object_set_new(json_array_get(json_object_get(status, "phones"), 1), "port",
			    json_string("Gi1/0/9"));
	view_status(view, status, S);
	assert_false(view->phones[2].unplugged);
	assert_true(event(view, NULL,
			  "{\"t\":1,\"node\":\"SEP001122AA0000\",\"event\":\"phone.unregistered\","
			  "\"not_reported\":3}"));
	assert_true(view->stale);
	assert_int_equal(view->registered, 0);
	json_decref(status);
	view_free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fits_every_size), cmocka_unit_test(test_small_screen),
	    cmocka_unit_test(test_wide_screen),	    cmocka_unit_test(test_many_phones),
	    cmocka_unit_test(test_plain_terminal),  cmocka_unit_test(test_hostile_text),
	    cmocka_unit_test(test_plain_lines),	    cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
