#include "cable/panel_receive.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	do
		n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return -EAGAIN;
	if (n < 0)
		return -EPIPE;
	collect(&message, got);
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
