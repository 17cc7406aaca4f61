/* The server in a container: connections that a process of the host accepts (forward.c). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "phonelab/web/internal.h"

/* A channel is a connection of this process to its own port. */
static struct bufferevent *connect_own(void *arg)
{
	const struct web_server *server = arg;
	const struct sockaddr_in own = {
	    .sin_family = AF_INET, .sin_port = htons(server->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct bufferevent *stream = bufferevent_socket_new(server->base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!stream || !bufferevent_socket_connect(stream, (const struct sockaddr *)&own, sizeof(own)))
		return stream;
	bufferevent_free(stream);
	return NULL;
}

static void on_end(void *arg)
{
	const struct web_server *server = arg;

	event_base_loopexit(server->base, NULL);
}

int web_server_tunnel(struct web_server *server, struct fail *fail)
{
	const struct mux_calls calls = {connect_own, on_end, NULL, server, MUX_UNREAD_S};

	server->tunnel = mux_new(server->base, STDIN_FILENO, STDOUT_FILENO, &calls);
	return server->tunnel ? 0 : fail_set(fail, -ENOMEM, "out of memory");
}
