/* The order of the parts, and what they share. */
#include "phonelab/collect/bundle.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_text.h"
#include "cucm/plan.h"
#include "phonelab/client/copy.h"
#include "phonelab/collect/collect.h"
#include "phonelab/lab/complain.h"
#include "phonelab/lab/intended.h"
#include "phonelab/lab/status_read.h"
#include "phonelab/why/model.h"

#define EXERCISE_MS 5000

FILE *bundle_create(const struct bundle *bundle, const char *format, ...)
{
	char path[BUNDLE_PATH];
	struct fail fail = {0};
	va_list args;
	size_t used = (size_t)snprintf(path, sizeof(path), "%s/", bundle->folder);
	char *slash;
	FILE *out;

	va_start(args, format);
	vsnprintf(path + used, sizeof(path) - used, format, args);
	va_end(args);
	slash = strrchr(path, '/');
	*slash = 0;
	if (file_make_directory(path, &fail)) {
		exit_complain(EXIT_DEFECT, "collect: %s", fail.text);
		return NULL;
	}
	*slash = '/';
	out = fopen(path, "we");
	if (!out)
		exit_complain(EXIT_DEFECT, "collect: %s: %s", path, strerror(errno));
	return out;
}

bool bundle_wants(const struct bundle *bundle, const char *phone)
{
	return !bundle->phone || !strcmp(bundle->phone, phone);
}

/* Is text in the line, with no digit before or after it? 10.110.0.5 is neither in 10.110.0.50 nor in 110.110.0.5. */
static bool names(const char *line, const char *text)
{
	size_t length = strlen(text);

	if (!length)
		return false;
	for (const char *at = line; (at = strstr(at, text)); at++)
		if ((at == line || !isdigit((unsigned char)at[-1])) && !isdigit((unsigned char)at[length]))
			return true;
	return false;
}

bool bundle_wants_line(const struct bundle *bundle, const char *line)
{
	if (!bundle->phone)
		return true;
	return names(line, bundle->phone) || names(line, json_text(bundle->subject, "ipv4")) ||
	       names(line, json_text(bundle->subject, "mac"));
}

const char *bundle_time(const struct bundle *bundle, long long t, enum bundle_time format, char text[64])
{
	time_t seconds = (time_t)((t + bundle->wall_us) / 1000000);
	struct tm tm;

	text[0] = 0;
	if (!(format == BUNDLE_UTC ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
		return text;
	switch (format) {
	case BUNDLE_CLOCK: strftime(text, 64, "%H:%M:%S", &tm); break;
	case BUNDLE_SYSLOG: strftime(text, 64, "%b %d %H:%M:%S", &tm); break;
	case BUNDLE_DATE: strftime(text, 64, "%Y-%m-%d %H:%M:%S %z", &tm); break;
	case BUNDLE_UTC: strftime(text, 64, "%b %d %Y %H:%M:%S", &tm); break;
	}
	return text;
}

static void dump(const struct bundle *bundle, const char *name, const json_t *object)
{
	char path[BUNDLE_PATH];

	snprintf(path, sizeof(path), "%s%s", bundle->run, name);
	if (object && json_dump_file(object, path, JSON_INDENT(2)))
		exit_complain(EXIT_DEFECT, "collect: %s: %s", path, strerror(errno));
}

/* The model of the lab, with which `why` reads the folder later; with the phones that are not at rest as they look from
 * inside. */
static void save_model(const struct bundle *bundle)
{
	json_t *phones = json_array(), *phone, *model;
	size_t i;

	json_array_foreach (json_object_get(bundle->status, "phones"), i, phone)
		if (bundle_wants(bundle, json_text(phone, "name")) &&
		    (status_read_open_step(phone) || !status_read_registered(phone)))
			json_array_append_new(phones, json_string(json_text(phone, "name")));
	model = model_of_lab(bundle->lab, bundle->status, phones);
	dump(bundle, "model.json", model);
	json_decref(phones);
	json_decref(model);
}

/* client_has_exercise() for each kind of lab; a lab of containers without a keeper has none. */
static bool has_exercise(const struct lab *lab)
{
	struct fail fail = {0};
	json_t *reply =
	    client_call(lab, "lab.sock", json_pack("{s:s,s:s}", "do", "exercise", "action", "state"),
			EXERCISE_MS, NULL, &fail);
	bool yes = client_is_exercise(reply, fail.err);

	json_decref(reply);
	return yes;
}

/* lab/: what `phonelab why --folder` reads. */
static int save_run(const struct bundle *bundle)
{
	struct fail fail = {0};
	json_t *reply;

	if (mkdir(bundle->run, 0755))
		return exit_complain(EXIT_DEFECT, "collect: %s: %s", bundle->run, strerror(errno));
	if (client_copy(bundle->lab, bundle->run))
		return EXIT_DEFECT;
	dump(bundle, "status.json", bundle->status);
	reply = client_call(bundle->lab, "lab.sock", json_pack("{s:s}", "do", "nodes"), 10000, NULL, &fail);
	dump(bundle, "nodes.json", json_object_get(reply, "nodes"));
	json_decref(reply);
	/* The trainee of an exercise finds the fault with the tools of the ticket. */
	if (!has_exercise(bundle->lab))
		save_model(bundle);
	return 0;
}

static void find_domain(struct bundle *bundle)
{
	struct intended intended;
	struct fail fail = {0};

	if (!intended_read(&intended, bundle->run, &fail))
		snprintf(bundle->domain, sizeof(bundle->domain), "%s", cucm_plan_domain(&intended.plan));
	intended_free(&intended);
}

/* Ask for the status, and find the phone of the order in it. */
static int begin(struct bundle *bundle, const struct collect_order *order)
{
	struct fail fail = {0};

	bundle->status = client_status(bundle->lab, &fail);
	if (!bundle->status)
		return exit_complain(EXIT_DEFECT, "collect: %s", fail.text);
	if (!order->phone)
		return 0;
	bundle->phone = status_read_find(bundle->status, order->phone);
	if (!bundle->phone)
		return exit_complain(
		    EXIT_USAGE,
		    "collect: unknown phone \"%s\"; list the phones of lab %s with: phonelab status",
		    order->phone, bundle->lab->name);
	bundle->subject = status_read_named(bundle->status, "phones", bundle->phone);
	return 0;
}

static long long wall_of_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000ll + now.tv_nsec / 1000 - (long long)clock_now_us();
}

int collect_bundle(const struct lab *lab, const struct collect_order *order, const char *folder)
{
	struct bundle bundle = {.lab = lab, .wall_us = wall_of_monotonic()};
	int status;

	snprintf(bundle.folder, sizeof(bundle.folder), "%s", folder);
	snprintf(bundle.run, sizeof(bundle.run), "%s/lab/", folder);
	if (order->since)
		bundle.since = order->since - bundle.wall_us;
	status = begin(&bundle, order);
	if (!status && order->capture_s)
		status = bundle_captures(&bundle, order->capture_s);
	if (!status && order->capture_s) {
		/* The capture has shown what the phones do now. */
		json_decref(bundle.status);
		status = begin(&bundle, order);
	}
	if (!status)
		status = save_run(&bundle);
	if (!status) {
		find_domain(&bundle);
		bundle.logs = why_logs_new(bundle.run);
		bundle_syslogs(&bundle);
		bundle_sip_traces(&bundle);
		bundle_tftp_traces(&bundle);
		bundle_phones(&bundle);
		bundle_switches(&bundle);
		status = bundle_redact(&bundle);
	}
	if (!status)
		status = bundle_index(&bundle);
	why_logs_free(bundle.logs);
	json_decref(bundle.status);
	return status;
}
