#include "cable/panel_listen.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Does a server answer at the address? A socket file of a dead process refuses. */
static bool answered(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool alive = fd >= 0 && (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) ||
				 errno == EAGAIN || errno == EPROTOTYPE);

	if (fd >= 0)
		close(fd);
	return alive;
}

static int bind_at(int fd, const struct sockaddr_un *address)
{
	struct stat st;
	mode_t mask = umask(0177);
	int err = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;

	/* Only a socket is taken away, and one that nobody answers at. */
	if (err == -EADDRINUSE && !lstat(address->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    !unlink(address->sun_path))
		err = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;
	umask(mask);
	return err;
}

int panel_listen(const char *path, int *listener, struct fail *fail)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return fail_set(fail, -ENAMETOOLONG, "panel %s: expected a path of at most %zu characters",
				path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	if (answered(&address))
		return fail_set(fail, -EADDRINUSE, "panel %s: another switch listens there", path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail_set(fail, -errno, "cannot make a socket: %s", strerror(errno));
	err = bind_at(fd, &address);
	if (!err && listen(fd, SOMAXCONN))
		err = -errno;
	if (err) {
		close(fd);
		return fail_set(fail, err, "panel %s: cannot listen: %s", path, strerror(-err));
	}
	*listener = fd;
	return 0;
}
