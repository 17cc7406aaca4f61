#include "cucm-service/driver/process.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

struct process {
	struct event_base *base;
	struct event *ends[2];
};

static void on_end(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	event_base_loopbreak(arg);
}

int process_new(struct process **out, struct fail *fail)
{
	static const int signals[] = {SIGTERM, SIGINT};
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return fail_set(fail, -ENOMEM, "out of memory");
	/* A peer that goes away while it is answered is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	process->base = event_base_new();
	for (int i = 0; i < 2 && process->base; i++) {
		process->ends[i] = evsignal_new(process->base, signals[i], on_end, process->base);
		if (!process->ends[i] || event_add(process->ends[i], NULL))
			break;
		if (i == 1) {
			*out = process;
			return 0;
		}
	}
	process_free(process);
	return fail_set(fail, -ENOMEM, "libevent: no event loop");
}

void process_free(struct process *process)
{
	if (!process)
		return;
	for (int i = 0; i < 2; i++)
		if (process->ends[i])
			event_free(process->ends[i]);
	if (process->base)
		event_base_free(process->base);
	free(process);
}

struct event_base *process_base(struct process *process)
{
	return process->base;
}

void process_run(struct process *process)
{
	event_base_dispatch(process->base);
}
