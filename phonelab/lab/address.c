#include "phonelab/lab/address.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

socklen_t lab_address(const char *lab, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "phonelab/%u/%s", (unsigned)getuid(),
		 lab);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address->sun_path + 1));
}

bool lab_address_trusted(int fd, struct ucred *peer)
{
	socklen_t length = sizeof(*peer);

	*peer = (struct ucred){.uid = getuid()};
	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &length) &&
	       (peer->uid == getuid() || peer->uid == 0);
}
