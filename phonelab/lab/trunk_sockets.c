#include "phonelab/lab/trunk_sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "phonelab/lab/spawn.h"
#include "switch-sim/driver/trunk_socket.h"

static bool has_trunk(const struct topology *topology, size_t sw)
{
	for (size_t i = 0; i < topology->switches.n + topology->away_switches; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			const struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];

			if (uplink->over == TOPOLOGY_OVER_UDP && (i == sw || uplink->to_index == sw))
				return true;
		}
	return false;
}

struct resolver {
	int pair[2];
	int family;
	const struct trunk_sockets *sockets;
};

/* Keep nothing open but the questions: the others must see their ends. */
static int resolve(void *arg)
{
	const struct resolver *resolver = arg;

	close(resolver->pair[0]);
	for (size_t i = 0; i < resolver->sockets->count; i++) {
		close(resolver->sockets->items[i].descriptor[0]);
		close(resolver->sockets->items[i].descriptor[1]);
	}
	trunk_socket_serve(resolver->pair[1], resolver->family);
	return 0;
}

static int open_one(struct trunk_sockets *sockets, const struct topology *topology, size_t sw,
		    struct fail *fail)
{
	static const char *const names[] = {TRUNK_SOCKET_VARIABLE, TRUNK_RESOLVER_VARIABLE};
	struct trunk_socket *it = &sockets->items[sockets->count];
	const struct spawn_options options = {.name = "resolver of trunks", .error = STDERR_FILENO};
	struct resolver resolver = {.sockets = sockets};
	int fd;

	*it = (struct trunk_socket){.switch_index = sw};
	fd = trunk_socket_open((uint16_t)topology->switches.items[sw].udp_port, &resolver.family, fail);
	if (fd < 0)
		return fail_prefix(fail, fd, "%s", topology->switches.items[sw].name);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, resolver.pair)) {
		close(fd);
		return fail_set(fail, -errno, "socketpair: %s", strerror(errno));
	}
	it->descriptor[0] = fd;
	it->descriptor[1] = resolver.pair[0];
	for (size_t i = 0; i < 2; i++) {
		snprintf(it->variable[i], sizeof(it->variable[i]), "%s=%d", names[i], it->descriptor[i]);
		it->environment[i] = it->variable[i];
	}
	it->resolver = spawn_function(&options, resolve, &resolver, fail);
	close(resolver.pair[1]);
	sockets->count++;
	return it->resolver < 0 ? (int)it->resolver : 0;
}

int trunk_sockets_open(struct trunk_sockets *sockets, const struct topology *topology, struct fail *fail)
{
	int err = 0;

	*sockets = (struct trunk_sockets){.items = calloc(topology->switches.n + 1, sizeof(*sockets->items))};
	if (!sockets->items)
		return fail_set(fail, -ENOMEM, "out of memory");
	for (size_t i = 0; i < topology->switches.n && !err; i++)
		if (topology->switches.items[i].external != 1 && has_trunk(topology, i))
			err = open_one(sockets, topology, i, fail);
	if (err)
		trunk_sockets_close(sockets);
	return err;
}

const struct trunk_socket *trunk_sockets_of(const struct trunk_sockets *sockets, size_t switch_index)
{
	for (size_t i = 0; i < sockets->count; i++)
		if (sockets->items[i].switch_index == switch_index)
			return &sockets->items[i];
	return NULL;
}

void trunk_sockets_close(struct trunk_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		close(sockets->items[i].descriptor[0]);
		close(sockets->items[i].descriptor[1]);
	}
	free(sockets->items);
	*sockets = (struct trunk_sockets){0};
}
