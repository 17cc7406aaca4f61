#include "phonelab/web/under.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES 8 /* the kernel asks for another try if the folder is being moved */

static int open_under(int folder, const char *name, uint64_t flags)
{
	const struct open_how how = {.flags = flags | O_CLOEXEC | O_NOCTTY,
				     .resolve =
					 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	int fd = -EAGAIN;

	for (int i = 0; i < TRIES && fd == -EAGAIN; i++) {
		fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
		if (fd < 0)
			fd = -errno;
	}
	return fd;
}

int web_under_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int web_under_file(int folder, const char *name, off_t *size)
{
	/* Without O_NONBLOCK a FIFO would wait for its writer. */
	int fd = open_under(folder, name, O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	if (size)
		*size = st.st_size;
	return fd;
}

int web_under_subfolder(int folder, const char *name)
{
	return open_under(folder, name, O_RDONLY | O_DIRECTORY);
}
