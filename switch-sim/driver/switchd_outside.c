/* The socket of the trunks is in other namespaces (trunk_socket.h): it is inherited, and names are resolved there. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "switch-sim/driver/switchd_trunk.h"

/* The descriptor that a variable names; -1 if it is not set, or a negative errno with the reason. */
static int inherited(const char *variable, struct fail *fail)
{
	const char *text = getenv(variable);
	char *end;
	long fd;

	if (!text || !*text)
		return -1;
	fd = strtol(text, &end, 10);
	if (*end || fd < 3 || fcntl((int)fd, F_SETFD, FD_CLOEXEC) ||
	    fcntl((int)fd, F_SETFL, O_NONBLOCK | fcntl((int)fd, F_GETFL)) < 0) {
		fail_set(fail, -EINVAL, "%s: found \"%s\", expected the number of a descriptor", variable,
			 text);
		return -EINVAL;
	}
	return (int)fd;
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct switchd_trunks *t = arg;
	char answer[TRUNK_QUESTION], verb[16], word[300];
	const char *reason = "the process that resolves names has exited";
	struct trunk_address address;
	unsigned trunk;
	ssize_t n = recv(fd, answer, sizeof(answer) - 1, 0);

	(void)what;
	if (n <= 0) {
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		event_del(t->outside_event);
		for (trunk = 0; trunk < t->count; trunk++)
			trunk_lookup_done(&t->lookup[trunk], NULL, reason);
		return;
	}
	answer[n] = 0;
	if (sscanf(answer, "%15s %u %299s", verb, &trunk, word) != 3 || trunk >= t->count)
		return;
	if (!strcmp(verb, "mtu")) {
		trunk_say_mtu(t, trunk, atoi(word));
		return;
	}
	address =
	    (struct trunk_address){.ip = {[10] = 0xff, [11] = 0xff}, .port = t->uplink[trunk]->peer.port};
	reason = strchr(answer, '!');
	if (reason ||
	    (inet_pton(AF_INET, word, address.ip + 12) != 1 && inet_pton(AF_INET6, word, address.ip) != 1))
		trunk_lookup_done(&t->lookup[trunk], NULL, reason ? reason + 2 : "no address");
	else
		trunk_lookup_done(&t->lookup[trunk], &address, NULL);
}

int trunk_outside_adopt(struct switchd_trunks *t, struct fail *fail)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);

	t->fd = inherited(TRUNK_SOCKET_VARIABLE, fail);
	t->outside = t->fd >= 0 ? inherited(TRUNK_RESOLVER_VARIABLE, fail) : -1;
	if (fail->err)
		return fail->err;
	if (t->fd < 0)
		return 0;
	if (getsockname(t->fd, (struct sockaddr *)&address, &size) || t->outside < 0)
		return fail_set(fail, -EINVAL, "%s: found no UDP socket with a resolver beside it",
				TRUNK_SOCKET_VARIABLE);
	t->family = address.ss_family;
	t->outside_event = event_new(t->d->base, t->outside, EV_READ | EV_PERSIST, on_answer, t);
	if (!t->outside_event || event_add(t->outside_event, NULL))
		return fail_set(fail, -ENOMEM, "no memory for %u trunks", t->count);
	return 0;
}

bool trunk_outside_ask(struct switchd_trunks *t, const char *verb, unsigned trunk, const char *word)
{
	char question[TRUNK_QUESTION];

	snprintf(question, sizeof(question), "%s %u %s", verb, trunk, word);
	return send(t->outside, question, strlen(question), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

void trunk_outside_stop(struct switchd_trunks *t)
{
	if (t->outside_event)
		event_free(t->outside_event);
	if (t->outside >= 0)
		close(t->outside);
}
