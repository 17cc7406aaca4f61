#include "phonelab/client/read_all.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"

int read_all(int fd, char *text, size_t size, int timeout_ms)
{
	uint64_t end = clock_now_us() + (uint64_t)timeout_ms * 1000;
	size_t used = 0;
	ssize_t n = -1;

	do {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		uint64_t now = clock_now_us();

		if (used == size - 1)
			return -E2BIG;
		if (now >= end)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, (int)((end - now) / 1000) + 1) < 0 && errno != EINTR)
			return -errno;
		if (!pfd.revents)
			continue;
		n = read(fd, text + used, size - 1 - used);
		if (n < 0 && errno == ECONNRESET)
			n = 0; /* closed before it had read our request */
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	} while (n);
	text[used] = 0;
	return 0;
}
