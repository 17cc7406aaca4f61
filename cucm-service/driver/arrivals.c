#include "cucm-service/driver/arrivals.h"

#include <errno.h>
#include <event2/event.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/control.h"
#include "base/mac.h"
#include "base/print.h"
#include "cucm/states.h"

#define DATABASE  "cucm.sqlite"
#define LAB_MS	  20000
#define BUSY_MS	  2000
#define SETTLE_MS 50   /* until the node has answered the phone, and its table has the page */
#define AGAIN_MS  1000 /* while a device waits */
#define AT_ONCE	  64   /* devices per node and round */

struct arrivals {
	const struct service_config *config;
	struct event *changed, *round;
	int watch;
	sqlite3 *db[CUCM_NODES]; /* NULL: not opened yet */
};

static void look_later(struct arrivals *arrivals, int ms)
{
	struct timeval time = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (!evtimer_pending(arrivals->round, NULL))
		evtimer_add(arrivals->round, &time);
}

/* Is this the database, its log or its journal? */
static bool is_database(const struct inotify_event *event)
{
	return event->len && !strncmp(event->name, DATABASE, sizeof(DATABASE) - 1);
}

static void on_changed(evutil_socket_t fd, short what, void *arg)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	bool changed = false;
	ssize_t n;

	(void)what;
	while ((n = read(fd, events, sizeof(events))) > 0)
		for (char *at = events; at < events + n; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)at;
			changed |= is_database(event) || (event->mask & IN_Q_OVERFLOW);
		}
	if (changed)
		look_later(arg, SETTLE_MS);
}

/* Ask the lab to add the device and to reset it. The lab removes it from the table arrival when nothing is left to do. */
static void add(const struct arrivals *arrivals, const char *device, int model)
{
	json_t *request = json_pack("{s:s,s:s,s:s,s:i}", "do", "device", "action", "auto-register", "phone",
				    device, "model", model);
	struct fail fail = {0};
	char path[400];
	json_t *reply;

	snprintf(path, sizeof(path), "%s/lab.sock", arrivals->config->directory);
	reply = control_ask(path, request, LAB_MS, NULL, &fail);
	print_text("auto-registration of %s: %s\n", device,
		   !reply					   ? fail.text
		   : json_is_string(json_object_get(reply, "by"))  ? "added, and reset"
		   : json_is_true(json_object_get(reply, "waits")) ? "added; no call manager has it"
								   : "it is registered with its number");
	fflush(stdout);
	json_decref(reply);
}

static sqlite3 *open_node(struct arrivals *arrivals, size_t n)
{
	const char *node = ((char **)arrivals->config->nodes.items)[n];
	char path[400];

	if (arrivals->db[n])
		return arrivals->db[n];
	snprintf(path, sizeof(path), "%s/cucm/%s/" DATABASE, arrivals->config->directory, node);
	if (sqlite3_open_v2(path, &arrivals->db[n], SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(arrivals->db[n], BUSY_MS);
		return arrivals->db[n];
	}
	sqlite3_close(arrivals->db[n]);
	arrivals->db[n] = NULL;
	return NULL;
}

struct arrival {
	char device[DEVICE_TEXT];
	int model;
};

/* The devices that have arrived at a node, up to AT_ONCE. The statement ends before the lab writes to the database. */
static size_t read_node(struct arrivals *arrivals, size_t n, struct arrival list[AT_ONCE])
{
	sqlite3 *db = open_node(arrivals, n);
	sqlite3_stmt *row = NULL;
	size_t count = 0;

	if (!db ||
	    sqlite3_prepare_v2(db, "select name, model from arrival order by tries, rowid", -1, &row, NULL))
		return 0;
	while (count < AT_ONCE && sqlite3_step(row) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(row, 0);

		if (!name)
			continue;
		snprintf(list[count].device, sizeof(list[count].device), "%.15s", name);
		list[count++].model = sqlite3_column_int(row, 1);
	}
	sqlite3_finalize(row);
	return count;
}

static void on_round(evutil_socket_t fd, short what, void *arg)
{
	struct arrivals *arrivals = arg;
	struct arrival list[AT_ONCE];
	bool waiting = false;

	(void)fd;
	(void)what;
	for (size_t n = 0; n < arrivals->config->nodes.count; n++) {
		size_t count = read_node(arrivals, n, list);

		for (size_t i = 0; i < count; i++)
			add(arrivals, list[i].device, list[i].model);
	}
	/* A lab that did not answer is asked again too. */
	for (size_t n = 0; n < arrivals->config->nodes.count; n++)
		waiting |= read_node(arrivals, n, list) > 0;
	if (waiting)
		look_later(arrivals, AGAIN_MS);
}

/* Each commit changes the log beside the database. The log comes and goes with those who have the database open, so the folder is
 * watched. */
static void watch_node(struct arrivals *arrivals, size_t n)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/cucm/%s", arrivals->config->directory,
		 ((char **)arrivals->config->nodes.items)[n]);
	if (inotify_add_watch(arrivals->watch, path, IN_MODIFY | IN_CREATE) < 0)
		print_text("auto-registration: %s cannot be watched: %s\n", path, strerror(errno));
}

int arrivals_new(struct arrivals **out, struct event_base *base, const struct service_config *config,
		 struct fail *fail)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));

	if (!arrivals)
		return fail_set(fail, -ENOMEM, "out of memory");
	arrivals->config = config;
	arrivals->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (arrivals->watch < 0) {
		int err = errno;

		free(arrivals);
		return fail_set(fail, -err, "inotify: %s", strerror(err));
	}
	for (size_t n = 0; n < config->nodes.count; n++)
		watch_node(arrivals, n);
	arrivals->changed = event_new(base, arrivals->watch, EV_READ | EV_PERSIST, on_changed, arrivals);
	arrivals->round = evtimer_new(base, on_round, arrivals);
	if (!arrivals->changed || !arrivals->round || event_add(arrivals->changed, NULL)) {
		arrivals_free(arrivals);
		return fail_set(fail, -ENOMEM, "libevent: no event");
	}
	/* Devices may have arrived while this program did not run. */
	look_later(arrivals, SETTLE_MS);
	*out = arrivals;
	return 0;
}

void arrivals_free(struct arrivals *arrivals)
{
	if (!arrivals)
		return;
	if (arrivals->changed)
		event_free(arrivals->changed);
	if (arrivals->round)
		event_free(arrivals->round);
	close(arrivals->watch);
	for (size_t n = 0; n < CUCM_NODES; n++)
		sqlite3_close(arrivals->db[n]);
	free(arrivals);
}
