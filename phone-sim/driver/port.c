#include "phone-sim/driver/port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "cable/netns.h"
#include "phone-sim/driver/port_internal.h"

#define OPER_UP	     6	     /* RFC 2863 */
#define AGAIN_BASE   200000  /* microseconds before the cable is put in again, */
#define AGAIN_MOST   5000000 /* doubled up to this, */
#define AGAIN_JITTER 100000  /* and spread by this: a thousand phones must not come back at once */
#define BUSY_LEAST   5000    /* the panel had too many at its door */
#define BUSY_MOST    50000

static void pull(struct port *port);

/* DHCP is spoken in raw frames; without a socket on the port the kernel would answer the server's unicast
 * with ICMP port unreachable. A filter drops what the socket receives. */
static int open_deaf_socket(int ns, struct fail *fail)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(68)};
	struct sock_filter nothing = {.code = BPF_RET | BPF_K, .k = 0};
	const struct sock_fprog deaf = {.len = 1, .filter = &nothing};
	const int one = 1;

	int sock = netns_socket(ns, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fail);
	if (sock < 0)
		return sock;
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &deaf, sizeof(deaf)) < 0 ||
	    bind(sock, (const struct sockaddr *)&any, sizeof(any)) < 0) {
		int err = -errno;
		close(sock);
		return fail_set(fail, err, "UDP port 68: %s", strerror(-err));
	}
	return sock;
}

static void on_link_changed(void *arg, const struct monitor_link *link)
{
	struct port *port = arg;

	if (strcmp(link->name, port->options.plug.interface) == 0)
		port->carrier = !link->deleted && link->up && link->operstate == OPER_UP;
}

static void on_links_settled(void *arg)
{
	port_judge_link(arg);
}

static void on_watch_failed(void *arg, const char *reason)
{
	struct port *port = arg;

	port->carrier = false;
	port->options.calls->trouble(port->options.arg, reason);
	port_judge_link(port);
}

static const struct link_watch_calls watch_calls = {on_link_changed, on_links_settled, on_watch_failed};

static void on_again(int fd, short what, void *arg);

static void on_mend(int fd, short what, void *arg)
{
	struct port *port = arg;

	(void)fd;
	(void)what;
	if (!port->raw)
		return;
	port_apply_vlan(port);
	port_apply_address(port);
}

void port_mend_later(struct port *port, const char *what, const struct fail *fail)
{
	uint64_t wait_us =
	    rng_backoff(&port->rng, port->mend_attempt++, AGAIN_BASE, AGAIN_MOST, AGAIN_JITTER);
	const struct timeval tv = {(time_t)(wait_us / 1000000), (suseconds_t)(wait_us % 1000000)};

	port_trouble(port, what, fail);
	evtimer_add(port->mend, &tv);
}

static int open_inside(struct port *port, int ns, struct fail *fail)
{
	struct fail ignored = {0};
	int err;

	if (ns >= 0 && netns_loopback_up(ns, fail) < 0)
		return -EIO;
	if (ns < 0)
		netns_loopback_up(ns, &ignored); /* a container's own affair */
	port->sock = open_deaf_socket(ns, fail);
	if (port->sock < 0)
		return port->sock;
	err = link_watch_add(port->options.watch, ns, &watch_calls, port, &port->watched, fail);
	if (err)
		return err;
	port->again = evtimer_new(port->options.base, on_again, port);
	port->mend = evtimer_new(port->options.base, on_mend, port);
	if (!port->again || !port->mend)
		return fail_set(fail, -ENOMEM, "out of memory");
	return 0;
}

int port_new(struct port **out, const struct port_options *options, struct fail *fail)
{
	int ns = -1;
	int err;

	struct port *port = calloc(1, sizeof(*port));
	if (!port)
		return fail_set(fail, -ENOMEM, "port: out of memory");
	port->options = *options;
	port->sock = -1;
	port->filter.mac = options->plug.mac;
	rng_seed(&port->rng, options->seed, options->plug.node);
	port->panel = strdup(options->panel);
	err = port->panel ? 0 : fail_set(fail, -ENOMEM, "port: out of memory");
	if (!err && options->own_namespace)
		err = netns_new(&ns, fail);
	if (!err)
		err = open_inside(port, ns, fail);
	port_close_namespace(ns);
	if (err) {
		port_free(port);
		return err;
	}
	*out = port;
	return 0;
}

void port_free(struct port *port)
{
	if (!port)
		return;
	port_end(port);
	if (port->again)
		event_free(port->again);
	if (port->mend)
		event_free(port->mend);
	link_watch_remove(port->watched);
	if (port->sock >= 0)
		close(port->sock);
	free(port->panel);
	free(port);
}

static void try_after(struct port *port, uint64_t wait_us)
{
	const struct timeval tv = {(time_t)(wait_us / 1000000), (suseconds_t)(wait_us % 1000000)};

	if (port->wanted)
		evtimer_add(port->again, &tv);
}

static void try_later(struct port *port)
{
	try_after(port, rng_backoff(&port->rng, port->attempt++, AGAIN_BASE, AGAIN_MOST, AGAIN_JITTER));
}

static void take_plugged(struct port *port, const struct panel_plugged *plugged)
{
	struct fail fail = {0};

	port->in = true;
	port->attempt = 0;
	port->plugged = *plugged;
	port->powered = port->options.plug.power != PANEL_POWER_PD;
	port->options.calls->plugged(port->options.arg, plugged);
	if (port_stack_open(port, &fail)) {
		pull(port);
		port->options.calls->unplugged(port->options.arg, fail.text);
		try_later(port);
		return;
	}
	port_judge_link(port);
}

static void take_power(struct port *port, const struct panel_power *power)
{
	if (power->state == PANEL_POWER_GRANTED)
		port->powered = true;
	else if (power->state == PANEL_POWER_DENIED || power->state == PANEL_POWER_OFF)
		port->powered = port->options.plug.power != PANEL_POWER_PD;
	if (!port->powered)
		port_judge_link(port);
	port->options.calls->power(port->options.arg, power);
	port_judge_link(port);
}

static void take_message(struct port *port, const struct panel_msg *msg)
{
	switch (msg->kind) {
	case PANEL_MSG_PLUGGED: take_plugged(port, &msg->plugged); break;
	case PANEL_MSG_REFUSED:
		pull(port);
		port->options.calls->refused(port->options.arg, false, msg->refused.code,
					     msg->refused.reason);
		try_later(port);
		break;
	case PANEL_MSG_POWER: take_power(port, &msg->power); break;
	case PANEL_MSG_LANED: port_take_laned(port, &msg->laned); break;
	case PANEL_MSG_LINK: /* the kernel of our own end says so too, and when it can really send */
	case PANEL_MSG_PLUG:
	case PANEL_MSG_LANE:
	case PANEL_MSG_DRAW: break;
	}
}

void port_read_panel(int fd, short what, void *arg)
{
	struct port *port = arg;
	struct panel_msg msg;
	struct fail fail = {0};
	int err;
	bool was_in;

	(void)fd;
	(void)what;
	do {
		err = panel_client_receive(port->client, &msg, &fail);
		if (err == 1)
			take_message(port, &msg);
	} while (err == 1 && port->client);
	if (!port->client || err == 0)
		return;
	was_in = port->in;
	pull(port);
	if (was_in)
		port->options.calls->unplugged(port->options.arg,
					       err == -EPIPE ? "the switch has gone away" : fail.text);
	else
		port->options.calls->refused(port->options.arg, true, "closed",
					     "the switch closed the panel");
	try_later(port);
}

static void on_again(int fd, short what, void *arg)
{
	struct port *port = arg;
	struct fail fail = {0};
	int ns;
	int err;

	(void)fd;
	(void)what;
	if (!port->wanted || port->client)
		return;
	ns = port_namespace(port);
	err = panel_client_new(&port->client, port->panel, &port->options.plug, ns, &fail);
	port_close_namespace(ns);
	if (err == -EAGAIN) {
		try_after(port, rng_range(&port->rng, BUSY_LEAST, BUSY_MOST));
		return;
	}
	if (!err) {
		port->client_event = event_new(port->options.base, panel_client_fd(port->client),
					       EV_READ | EV_PERSIST, port_read_panel, port);
		if (port->client_event && event_add(port->client_event, NULL) == 0)
			return;
		err = fail_set(&fail, -ENOMEM, "out of memory");
		pull(port);
	}
	port->options.calls->refused(port->options.arg, err == -ENOENT || err == -ECONNREFUSED, "no-switch",
				     fail.text);
	try_later(port);
}

void port_plug(struct port *port)
{
	if (port->wanted)
		return;
	port->wanted = true;
	port->attempt = 0;
	try_after(port, 0);
}

/* Take the cable out of this end. */
static void pull(struct port *port)
{
	if (port->mend)
		evtimer_del(port->mend);
	port->mend_attempt = 0;
	port_stack_close(port);
	if (port->client_event)
		event_free(port->client_event);
	port->client_event = NULL;
	panel_client_free(port->client);
	port->client = NULL;
	port->in = false;
	port->powered = false;
	port_judge_link(port);
}

void port_unplug(struct port *port)
{
	port->wanted = false;
	if (port->again)
		evtimer_del(port->again);
	port->link = false; /* the caller knows */
	pull(port);
}

void port_end(struct port *port)
{
	port->ending = true;
	port_unplug(port);
}

bool port_wanted(const struct port *port)
{
	return port->wanted;
}

const struct panel_plugged *port_plugged(const struct port *port)
{
	return port->in ? &port->plugged : NULL;
}

void port_judge_link(struct port *port)
{
	bool link = port->in && port->raw && port->carrier && port->powered;

	if (link == port->link)
		return;
	port->link = link;
	port->options.calls->link(port->options.arg, link);
}

void port_draw(struct port *port, uint32_t mw)
{
	if (port->in)
		panel_client_draw(port->client, mw);
}

uint64_t port_dropped(const struct port *port)
{
	return port->dropped;
}
