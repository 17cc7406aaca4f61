#include "phonelab/lab/address.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uid_t user; /* 0: the one that runs this process */

void lab_address_of_user(uid_t uid)
{
	user = uid;
}

static uid_t owner(void)
{
	return user ? user : getuid();
}

socklen_t lab_address(const char *lab, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "phonelab/%u/%s", (unsigned)owner(),
		 lab);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address->sun_path + 1));
}

bool lab_address_trusted(int fd, struct ucred *peer)
{
	socklen_t length = sizeof(*peer);

	*peer = (struct ucred){.uid = owner()};
	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &length) &&
	       (peer->uid == owner() || peer->uid == 0);
}

/* The name belongs to a running lab, or another user has bound it. */
static int name_taken(const struct sockaddr_un *address, socklen_t length, const char *lab, struct fail *fail)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer = {.uid = getuid()};

	if (fd >= 0 && !connect(fd, (const struct sockaddr *)address, length))
		lab_address_trusted(fd, &peer);
	if (fd >= 0)
		close(fd);
	if (peer.uid != getuid())
		return fail_set(fail, -EADDRINUSE,
				"the name \"%s\" is taken by another user (uid %u); choose another name with "
				"--name LAB",
				lab, (unsigned)peer.uid);
	return fail_set(fail, -EADDRINUSE,
			"a lab named \"%s\" is running already; choose another name with --name LAB, or end "
			"it first with: phonelab down %s",
			lab, lab);
}

int lab_address_listen(const char *lab, struct fail *fail)
{
	struct sockaddr_un address;
	socklen_t length = lab_address(lab, &address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return fail_set(fail, -errno, "socket: %s", strerror(errno));
	if (!bind(fd, (struct sockaddr *)&address, length) && !listen(fd, 16))
		return fd;
	err = errno;
	close(fd);
	if (err == EADDRINUSE)
		return name_taken(&address, length, lab, fail);
	return fail_set(fail, -err, "@%s: %s", address.sun_path + 1, strerror(err));
}
