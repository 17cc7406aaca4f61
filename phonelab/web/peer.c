#include "phonelab/web/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ESTABLISHED 1 /* a socket without a process is listed too, as one of root, but in another state */

/* Is this 127.0.0.1 in the form of the table, also mapped to IPv6 (RFC 4291 2.5.5.2)? */
static bool is_loopback(const char *text)
{
	static const char mapped[] = "0000000000000000FFFF0000";
	char loopback[9];

	snprintf(loopback, sizeof(loopback), "%08X", htonl(INADDR_LOOPBACK));
	if (!strncmp(text, mapped, sizeof(mapped) - 1))
		text += sizeof(mapped) - 1;
	return !strcmp(text, loopback);
}

bool web_peer_find(FILE *table, uint16_t port, uint16_t own_port, uid_t *uid)
{
	char line[512], local[33], remote[33];
	unsigned local_port, remote_port, state, user;

	/* "  0: 0100007F:8AE2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000 ..." */
	while (fgets(line, sizeof(line), table))
		if (sscanf(line, " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*x:%*x %*x:%*x %*x %u", local,
			   &local_port, remote, &remote_port, &state, &user) == 6 &&
		    is_loopback(local) && local_port == port && is_loopback(remote) &&
		    remote_port == own_port && state == ESTABLISHED) {
			*uid = (uid_t)user;
			return true;
		}
	return false;
}

bool web_peer_trusted(int fd)
{
	static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
	struct sockaddr_in peer = {0}, own = {0};
	socklen_t peer_size = sizeof(peer), own_size = sizeof(own);
	bool found = false;
	uid_t uid = 0;

	if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) ||
	    getsockname(fd, (struct sockaddr *)&own, &own_size) || peer.sin_family != AF_INET)
		return false;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !found; i++) {
		FILE *table = fopen(tables[i], "re");

		found = table && web_peer_find(table, ntohs(peer.sin_port), ntohs(own.sin_port), &uid);
		if (table)
			fclose(table);
	}
	return found && (uid == getuid() || uid == 0);
}
