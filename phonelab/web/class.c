#include "phonelab/web/class.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "phonelab/web/run.h"

#define BOARD_S 300  /* 64 labs of containers */
#define REST_MS 2000 /* between two readings, at least */
#define REST	12   /* the same, as a multiple of the time that the last one took */

struct web_class {
	struct event_base *base;
	const char *file;
	void (*changed)(void *arg, const json_t *board);
	void (*failed)(void *arg, const struct fail *fail);
	void *arg;
	struct event *next;
	struct web_run *run;
	uint64_t began_us;
	json_t *board;
	bool viewed;
};

static void rest(struct web_class *class)
{
	uint64_t took = (clock_now_us() - class->began_us) / 1000 * REST,
		 ms = took > REST_MS ? took : REST_MS;
	const struct timeval delay = {.tv_sec = (time_t)(ms / 1000),
				      .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

	evtimer_add(class->next, &delay);
}

static void on_board(void *arg, int status, const char *output, const char *errors)
{
	struct web_class *class = arg;
	json_t *board = status ? NULL : json_loads(output, 0, NULL);
	struct fail fail = {0};

	class->run = NULL;
	rest(class);
	if (!board) {
		json_decref(class->board); /* the next one that is read is a change */
		class->board = NULL;
		fail_set(&fail, -EIO, "%s", *errors ? errors : "the board of the class cannot be read");
		class->failed(class->arg, &fail);
		return;
	}
	if (json_equal(board, class->board)) {
		json_decref(board);
		return;
	}
	json_decref(class->board);
	class->board = board;
	class->changed(class->arg, board);
}

static void on_next(evutil_socket_t fd, short what, void *arg)
{
	struct web_class *class = arg;
	struct fail fail = {0};

	(void)fd;
	(void)what;
	class->began_us = clock_now_us();
	class->run = web_run_start(class->base, NULL,
				   (const char *const[]){"exercise", "board", class->file, "--json", NULL},
				   BOARD_S, on_board, class, &fail);
	if (!class->run) {
		rest(class);
		class->failed(class->arg, &fail);
	}
}

struct web_class *web_class_new(struct event_base *base, const char *file,
				void (*board)(void *arg, const json_t *board),
				void (*failed)(void *arg, const struct fail *fail), void *arg)
{
	struct web_class *class = calloc(1, sizeof(*class));

	if (!class)
		return NULL;
	*class =
	    (struct web_class){.base = base, .file = file, .changed = board, .failed = failed, .arg = arg};
	class->next = evtimer_new(base, on_next, class);
	if (class->next)
		return class;
	free(class);
	return NULL;
}

void web_class_start(struct web_class *class)
{
	if (!class->viewed)
		evtimer_add(class->next, &(struct timeval){0});
	class->viewed = true;
}

void web_class_stop(struct web_class *class)
{
	evtimer_del(class->next);
	web_run_cancel(class->run);
	class->run = NULL;
	json_decref(class->board);
	class->board = NULL;
	class->viewed = false;
}

const json_t *web_class_board(const struct web_class *class)
{
	return class->board;
}

const char *web_class_file(const struct web_class *class)
{
	return class->file;
}

void web_class_free(struct web_class *class)
{
	if (!class)
		return;
	web_class_stop(class);
	event_free(class->next);
	free(class);
}
