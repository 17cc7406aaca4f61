#include "tests/support/workers.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

size_t workers_take(size_t *next)
{
	return __atomic_fetch_add(next, 1, __ATOMIC_SEQ_CST);
}

void *workers_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int workers_run(int processes, void (*work)(size_t *next))
{
	size_t *next = workers_memory(sizeof(*next));

	if (!next)
		return -1;
	fflush(NULL);
	for (int i = 0; i < processes; i++)
		if (!fork()) {
			work(next);
			_exit(0);
		}
	while (wait(NULL) > 0 || errno == EINTR)
		;
	munmap(next, sizeof(*next));
	return 0;
}
