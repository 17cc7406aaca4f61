#include "phonelab/supervise/supervisor_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/control.h"
#include "phonelab/lab/capture.h"
#include "phonelab/lab/plan.h"

/* In a process of its own, until SIGTERM: the frames received until then are still written. */
static int run_capture(void *capture)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return capture_run(capture, signalfd(-1, &term, SFD_CLOEXEC), 0, 0);
}

/* A trunk between switches has a port at both. */
static int add_port(struct capture_source *source, const struct key_port *port)
{
	char **ports = (char **)source->between, text[24];
	size_t n = 0;

	while (ports && ports[n])
		n++;
	ports = realloc(ports, (n + 2) * sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	topology_port_format(port, text);
	source->between = ports;
	ports[n] = strdup(text);
	ports[n + 1] = NULL;
	return ports[n] ? 0 : -ENOMEM;
}

static int add_trunks(const struct topology *topology, struct capture_source *sources)
{
	int err = 0;

	for (size_t i = 0; i < topology->switches.n; i++) {
		const struct topology_switch *sw = &topology->switches.items[i];

		for (size_t u = 0; u < sw->uplinks.n && !err; u++) {
			const struct topology_uplink *uplink = &sw->uplinks.items[u];

			if (uplink->over == TOPOLOGY_OVER_UDP) /* it has no interface */
				continue;
			err = add_port(&sources[i], &uplink->port);
			if (!err)
				err = add_port(&sources[uplink->to_index], &uplink->remote_port);
		}
	}
	return err;
}

static int open_source(const struct supervisor *supervisor, size_t i, struct capture_source *source,
		       struct fail *fail)
{
	const struct topology *topology = supervisor->lab.topology;
	char path[128];
	json_t *reply;

	plan_switch_socket(topology, i, path);
	reply = control_ask(path, json_pack("{s:s}", "do", "netns"), 5000, &source->netns, fail);
	json_decref(reply);
	source->node = topology->switches.n > 1 ? topology->switches.items[i].name : NULL;
	source->once = !supervisor->options->capture_both;
	return reply && source->netns >= 0 ? 0 : -EIO;
}

static void free_sources(struct capture_source *sources, size_t n)
{
	for (size_t i = 0; i < n && sources; i++) {
		if (sources[i].netns >= 0)
			close(sources[i].netns);
		for (size_t p = 0; sources[i].between && sources[i].between[p]; p++)
			free(sources[i].between[p]);
		free((char **)sources[i].between);
	}
	free(sources);
}

int supervisor_start_capture(struct supervisor *supervisor, struct child *child, struct fail *fail)
{
	size_t n = supervisor->lab.topology->switches.n;
	struct capture_source *sources = calloc(n, sizeof(*sources));
	struct capture *capture;
	int err = sources ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++)
		sources[i].netns = -1;
	if (!err)
		err = add_trunks(supervisor->lab.topology, sources);
	if (err)
		fail_set(fail, err, "capture: out of memory");
	for (size_t i = 0; i < n && !err; i++)
		err = open_source(supervisor, i, &sources[i], fail);
	/* The sockets are open before the first cable is plugged: no frame is missed. */
	if (!err)
		err = capture_open(&capture, sources, n, supervisor->options->capture, fail);
	if (!err) {
		err = child_run(child, run_capture, capture, fail);
		child_set_state(child, CHILD_READY);
		capture_close(capture);
	}
	free_sources(sources, n);
	return err;
}
