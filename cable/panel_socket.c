#include "cable/panel_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int panel_address(struct sockaddr_un *address, const char *path, struct fail *fail)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return fail_set(fail, -ENAMETOOLONG, "panel %s: expected a path of at most %zu characters",
				path, sizeof(address->sun_path) - 1);
	strcpy(address->sun_path, path);
	return 0;
}

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
	struct sockaddr_un address;
	int fd, err = panel_address(&address, path, fail);

	if (err)
		return err;
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

int panel_send(int fd, const struct panel_msg *msg, int descriptor)
{
	char text[PANEL_MSG_MAX];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	ssize_t length = panel_msg_encode(msg, text, sizeof(text)), n;
	struct iovec part = {.iov_base = text, .iov_len = (size_t)length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (length < 0)
		return (int)length;
	if (descriptor >= 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &descriptor, sizeof(descriptor));
	}
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* All descriptors that came, whatever they are: each is ours to close now. */
static void collect(struct msghdr *message, struct panel_received *got)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (got->descriptors < sizeof(got->descriptor) / sizeof(got->descriptor[0]))
				got->descriptor[got->descriptors++] = fd;
			else
				close(fd);
		}
	}
}

int panel_receive(int fd, struct panel_received *got, struct fail *fail)
{
	char text[PANEL_MSG_MAX + 1]; /* one more, so that a longer message shows */
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))]; /* the kernel closes descriptors beyond this room */
	} control;
	struct iovec part = {.iov_base = text, .iov_len = sizeof(text)};
	struct msghdr message = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n;

	got->descriptors = 0;
	got->lost = false;
	do
		n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (n < 0)
		return -EPIPE;
	collect(&message, got);
	got->lost = !got->descriptors && (message.msg_flags & MSG_CTRUNC);
	if (n == 0)
		return -EPIPE; /* the end; an empty message is as good as one */
	return panel_msg_decode(&got->msg, text, (size_t)n, fail);
}

void panel_received_release(struct panel_received *got)
{
	for (unsigned i = 0; i < got->descriptors; i++)
		close(got->descriptor[i]);
	got->descriptors = 0;
}
