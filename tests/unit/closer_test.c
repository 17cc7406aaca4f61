/* Descriptors that threads close: each once, all before closer_wait() returns, also where no thread can be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/closer.h"

#define MANY 400

static bool no_threads;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
			  void *arg)
{
	return no_threads ? EAGAIN : __real_pthread_create(thread, attributes, run, arg);
}

static void close_many(void)
{
	int fds[MANY];

	for (int i = 0; i < MANY; i++) {
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		assert_true(fds[i] >= 0);
	}
	for (int i = 0; i < MANY; i++)
		closer_close(fds[i]);
	closer_wait();
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFD), -1);
		assert_int_equal(errno, EBADF);
	}
}

static void all_are_closed(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++)
		close_many();
}

static void without_threads_they_are_closed_at_once(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	no_threads = true;
	closer_close(fd);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	close_many();
	no_threads = false;
}

static void nothing_to_close(void **state)
{
	(void)state;
	closer_close(-1);
	closer_wait();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_are_closed),
	    cmocka_unit_test(without_threads_they_are_closed_at_once),
	    cmocka_unit_test(nothing_to_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
