#include "base/closer.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t rest; /* the last thread has ended */
	int *fds;
	size_t count, size;
	unsigned threads;		 /* that work */
	pthread_t ended[CLOSER_THREADS]; /* to be joined */
	unsigned ended_count;
} closer = {.lock = PTHREAD_MUTEX_INITIALIZER, .rest = PTHREAD_COND_INITIALIZER};

/* Close what waits; end when nothing waits. */
static void *work(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&closer.lock);
	while (closer.count) {
		int fd = closer.fds[--closer.count];

		pthread_mutex_unlock(&closer.lock);
		close(fd);
		pthread_mutex_lock(&closer.lock);
	}
	closer.ended[closer.ended_count++] = pthread_self();
	if (!--closer.threads)
		pthread_cond_signal(&closer.rest);
	pthread_mutex_unlock(&closer.lock);
	return NULL;
}

/* A thread in this list needs the lock no more: the caller may hold it. */
static void join_ended(void)
{
	while (closer.ended_count)
		pthread_join(closer.ended[--closer.ended_count], NULL);
}

/* Signals are for the main thread. */
static int start_thread(void)
{
	sigset_t all, before;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, work, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static int make_room(void)
{
	size_t size = closer.size ? 2 * closer.size : 64;
	int *fds;

	if (closer.count < closer.size)
		return 0;
	fds = realloc(closer.fds, size * sizeof(*fds));
	if (!fds)
		return -1;
	closer.fds = fds;
	closer.size = size;
	return 0;
}

void closer_close(int fd)
{
	if (fd < 0)
		return;
	pthread_mutex_lock(&closer.lock);
	join_ended();
	if (!make_room()) {
		closer.fds[closer.count++] = fd;
		fd = -1;
		if (closer.threads < CLOSER_THREADS && !start_thread())
			closer.threads++;
		else if (!closer.threads)
			fd = closer.fds[--closer.count];
	}
	pthread_mutex_unlock(&closer.lock);
	if (fd >= 0)
		close(fd);
}

void closer_wait(void)
{
	pthread_mutex_lock(&closer.lock);
	while (closer.threads)
		pthread_cond_wait(&closer.rest, &closer.lock);
	join_ended();
	free(closer.fds);
	closer.fds = NULL;
	closer.size = 0;
	pthread_mutex_unlock(&closer.lock);
}
