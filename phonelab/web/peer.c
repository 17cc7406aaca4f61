#include "phonelab/web/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

bool web_peer_find(FILE *table, uint16_t port, uint16_t own_port, uid_t *uid)
{
	const unsigned loopback = htonl(INADDR_LOOPBACK);
	char line[512];

	while (fgets(line, sizeof(line), table)) {
		unsigned local, local_port, remote, remote_port, user;

		/* "  0: 0100007F:8AE2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000 ..." */
		if (sscanf(line, " %*u: %x:%x %x:%x %*x %*x:%*x %*x:%*x %*x %u", &local, &local_port, &remote,
			   &remote_port, &user) == 5 &&
		    local == loopback && local_port == port && remote == loopback &&
		    remote_port == own_port) {
			*uid = (uid_t)user;
			return true;
		}
	}
	return false;
}

bool web_peer_trusted(int fd)
{
	struct sockaddr_in peer = {0}, own = {0};
	socklen_t peer_size = sizeof(peer), own_size = sizeof(own);
	bool found = false;
	uid_t uid = 0;
	FILE *table;

	if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) ||
	    getsockname(fd, (struct sockaddr *)&own, &own_size) || peer.sin_family != AF_INET)
		return false;
	table = fopen("/proc/net/tcp", "re");
	if (!table)
		return false;
	found = web_peer_find(table, ntohs(peer.sin_port), ntohs(own.sin_port), &uid);
	fclose(table);
	return found && (uid == getuid() || uid == 0);
}
