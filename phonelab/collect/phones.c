/* The phone side: console, status messages, web pages, problem report. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/text.h"
#include "phonelab/collect/bundle.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/status_read.h"

#define ASK_MS	   10000
#define FLUSH_SIZE 32768
#define ALL_MOST   50 /* with more phones, only those that are not ready show pages and reports */

/* --- lines, from the events --- */

enum { CONSOLE, MESSAGES, STEPS, FILES };

static const char *const names[FILES] = {"console.log", "status-messages.txt", "steps.txt"};

struct phone {
	const char *name;
	struct {
		struct text text; /* not written yet */
		bool begun;
	} file[FILES];
};

struct phones {
	const struct bundle *bundle;
	struct phone *item;
	size_t n, last;
};

/* Append the text to the file; a thousand phones are more than the files that a process may open. */
static void flush(const struct bundle *bundle, struct phone *phone, int file)
{
	char path[BUNDLE_PATH];
	struct text *text = &phone->file[file].text;
	FILE *out;

	if (phone->file[file].begun) {
		snprintf(path, sizeof(path), "%s/phones/%s/%s", bundle->folder, phone->name, names[file]);
		out = fopen(path, "ae");
	} else {
		out = bundle_create(bundle, "phones/%s/%s", phone->name, names[file]);
	}
	if (out && text->bytes)
		fwrite(text->bytes, 1, text->length, out);
	if (out)
		fclose(out);
	text_free(text);
	phone->file[file].begun = true;
}

static struct phone *find(struct phones *phones, const char *name)
{
	for (size_t i = 0; i < phones->n; i++) {
		struct phone *phone = &phones->item[(phones->last + i) % phones->n];

		if (strcmp(phone->name, name))
			continue;
		phones->last = (size_t)(phone - phones->item);
		return phone;
	}
	return NULL;
}

static void take_event(void *arg, const json_t *event)
{
	struct phones *phones = arg;
	struct phone *phone = find(phones, json_text(event, "node"));
	const char *name = json_text(event, "event"), *detail = json_text(event, "detail");
	int file = !strcmp(name, "phone.console")   ? CONSOLE
		   : !strcmp(name, "phone.message") ? MESSAGES
						    : STEPS;
	long long t = json_int(event, "t"), step = json_int(event, "step");
	struct text *text;
	char time[64];

	if (!phone)
		return;
	text = &phone->file[file].text;
	bundle_time(phones->bundle, t, BUNDLE_SYSLOG, time);
	if (file == CONSOLE)
		text_add(text, "%s\n", detail);
	else if (file == MESSAGES)
		text_add(text, "%s %s\n", time, detail);
	else
		text_add(text, "%s.%03lld step %-2lld %-20s %s\n", time,
			 (t + phones->bundle->wall_us) / 1000 % 1000, step, name, detail);
	if (text->length > FLUSH_SIZE)
		flush(phones->bundle, phone, file);
}

/* The steps as they stand now, in front of what happened at them. */
static void begin_steps(struct phone *phone, const json_t *object)
{
	const json_t *step;
	size_t i;

	json_array_foreach (json_object_get(object, "steps"), i, step)
		text_add(&phone->file[STEPS].text, "%2lld %-12s %-8s %s\n", json_int(step, "n"),
			 json_text(step, "name"), json_text(step, "state"), json_text(step, "detail"));
	text_add(&phone->file[STEPS].text, "\n");
}

/* --- what the phone itself shows --- */

static void save_pages(const struct bundle *bundle, const char *phone, const json_t *pages)
{
	const char *name;
	json_t *html;

	json_object_foreach ((json_t *)pages, name, html) {
		FILE *out = bundle_create(bundle, "phones/%s/web/%s.html", phone, name);

		if (out)
			fputs(json_string_value(html), out);
		if (out)
			fclose(out);
	}
}

static void save_prt(const struct bundle *bundle, const char *phone, const json_t *prt)
{
	const char *base64 = json_text(prt, "base64");
	size_t length = strlen(base64);
	unsigned char *bytes = malloc(length / 4 * 3 + 4);
	int size = bytes ? EVP_DecodeBlock(bytes, (const unsigned char *)base64, (int)length) : -1;
	FILE *out =
	    size > 0 ? bundle_create(bundle, "phones/%s/prt/%s", phone, json_text(prt, "file")) : NULL;

	/* The last block may be filled up. */
	while (size > 0 && length && base64[length - 1] == '=') {
		length--;
		size--;
	}
	if (out)
		fwrite(bytes, 1, (size_t)size, out);
	if (out)
		fclose(out);
	free(bytes);
}

static void save_shown(const struct bundle *bundle, const char *phone)
{
	struct fail fail = {0};
	json_t *reply =
	    client_call(bundle->lab, "phones/rack.sock",
			json_pack("{s:s,s:s}", "do", "collect", "node", phone), ASK_MS, NULL, &fail);

	if (!reply)
		exit_complain(EXIT_DEFECT, "collect: %s: %s", phone, fail.text);
	save_pages(bundle, phone, json_object_get(reply, "pages"));
	if (json_object_get(reply, "prt"))
		save_prt(bundle, phone, json_object_get(reply, "prt"));
	json_decref(reply);
}

/* Does the bundle have what this phone itself shows? Asking a rack of a thousand phones for all of it takes a minute. */
static bool is_shown(const struct bundle *bundle, const json_t *phone)
{
	return bundle->phone || json_array_size(json_object_get(bundle->status, "phones")) <= ALL_MOST ||
	       status_read_open_step(phone) || !status_read_registered(phone);
}

void bundle_phones(const struct bundle *bundle)
{
	static const char *const events[] = {"\"node\":\"SEP", NULL};
	const json_t *list = json_object_get(bundle->status, "phones"), *one;
	struct phones phones = {.bundle = bundle,
				.item = calloc(json_array_size(list) + 1, sizeof(struct phone))};
	size_t i;

	json_array_foreach (list, i, one) {
		if (!phones.item || !bundle_wants(bundle, json_text(one, "name")))
			continue;
		phones.item[phones.n].name = json_text(one, "name");
		begin_steps(&phones.item[phones.n++], one);
	}
	bundle_each_event(bundle, events, take_event, &phones);
	for (i = 0; i < phones.n; i++) {
		for (int file = 0; file < FILES; file++)
			flush(bundle, &phones.item[i], file);
		one = status_read_named(bundle->status, "phones", phones.item[i].name);
		if (is_shown(bundle, one))
			save_shown(bundle, phones.item[i].name);
	}
	free(phones.item);
}
