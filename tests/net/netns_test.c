#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cable/link.h"
#include "cable/netns.h"
#include "cable/userns.h"
#include "tests/support/sandbox.h"

static uint64_t id_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static uint64_t here(void)
{
	struct fail fail = {0};
	uint64_t id;
	int fd;

	assert_int_equal(netns_self(&fd, &fail), 0);
	id = id_of(fd);
	close(fd);
	return id;
}

static void test_new_and_enter(void **state)
{
	uint64_t home = here();
	struct fail fail = {0};
	int ns, back;

	(void)state;
	assert_int_equal(netns_new(&ns, &fail), 0);
	assert_true(here() == home);
	assert_true(id_of(ns) != home);
	assert_int_equal(netns_enter(ns, &back, &fail), 0);
	assert_true(here() == id_of(ns));
	netns_leave(back);
	assert_true(here() == home);
	close(ns);
}

/* 1 or 0 for an interface of this namespace. */
static int has_no_ipv6(const char *interface)
{
	char path[100];
	FILE *file;
	int value = -1;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", interface);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &value), 1);
	fclose(file);
	return value;
}

static void test_without_ipv6(void **state)
{
	const struct link_veth before = {.name = "a", .peer_name = "b", .peer_ns = -1};
	const struct link_veth after = {.name = "c", .peer_name = "d", .peer_ns = -1};
	struct rtnl *rtnl = NULL;
	struct fail fail = {0};
	int ns, home;

	(void)state;
	assert_int_equal(netns_new(&ns, &fail), 0);
	assert_int_equal(netns_enter(ns, &home, &fail), 0);
	assert_int_equal(rtnl_open(&rtnl, NETNS_OWN, &fail), 0);
	assert_int_equal(link_create_veth(rtnl, &before, &fail), 0);
	netns_without_ipv6(NETNS_OWN);
	assert_int_equal(link_create_veth(rtnl, &after, &fail), 0);
	assert_int_equal(has_no_ipv6("a"), 0);
	assert_int_equal(has_no_ipv6("c"), 1);
	assert_int_equal(has_no_ipv6("d"), 1);
	rtnl_close(rtnl);
	netns_leave(home);
	close(ns);
}

static int note_where(void *arg, struct fail *fail)
{
	*(uint64_t *)arg = here();
	return fail_set(fail, -EPROTO, "as the test wants it");
}

static void test_call(void **state)
{
	uint64_t home = here(), there = 0;
	struct fail fail = {0};
	int ns, file;

	(void)state;
	assert_int_equal(netns_new(&ns, &fail), 0);
	assert_int_equal(netns_call(ns, note_where, &there, &fail), -EPROTO);
	assert_true(there == id_of(ns));
	assert_true(here() == home);
	/* A file that is no network namespace is rejected. */
	file = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	there = 0;
	assert_int_equal(netns_call(file, note_where, &there, &fail), -EINVAL);
	assert_non_null(strstr(fail.text, "cannot enter"));
	assert_true(there == 0);
	assert_true(here() == home);
	close(file);
	close(ns);
	/* A namespace that could not be opened is not the current one. */
	there = 0;
	assert_int_equal(netns_call(NETNS_NONE, note_where, &there, &fail), -EBADF);
	assert_int_equal(there, 0);
	assert_int_equal(netns_socket(NETNS_NONE, AF_INET, SOCK_DGRAM, 0, &fail), -EBADF);
	assert_int_equal(netns_call(NETNS_OWN, note_where, &there, &fail), -EPROTO);
	assert_int_equal(there, home);
}

static void test_is(void **state)
{
	static const char *const others[] = {"/proc/self/ns/uts", "/proc/self/ns/pid", "/dev/null", "/"};
	struct fail fail = {0};
	int ns, fd, pipes[2];

	(void)state;
	assert_int_equal(netns_new(&ns, &fail), 0);
	assert_true(netns_is(ns));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		fd = open(others[i], O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_false(netns_is(fd));
		close(fd);
	}
	assert_int_equal(pipe(pipes), 0);
	assert_false(netns_is(pipes[0]));
	assert_false(netns_is(-1));
	close(pipes[0]);
	close(pipes[1]);
	close(ns);
}

/* A socket stays where it was made, and tells. */
static void test_socket(void **state)
{
	struct fail fail = {0};
	int ns, sock, of;

	(void)state;
	assert_int_equal(netns_new(&ns, &fail), 0);
	sock = netns_socket(ns, AF_INET, SOCK_DGRAM, 0, &fail);
	assert_true(sock >= 0);
	assert_int_equal(netns_of_socket(sock, &of, &fail), 0);
	assert_true(id_of(of) == id_of(ns));
	assert_true(fcntl(of, F_GETFD) & FD_CLOEXEC);
	close(of);
	close(sock);
	assert_true(netns_socket(ns, 12345, SOCK_DGRAM, 0, &fail) < 0);
	assert_non_null(strstr(fail.text, "family 12345"));
	close(ns);
}

static void test_loopback(void **state)
{
	struct link_info lo;
	struct rtnl *rtnl;
	struct fail fail = {0};
	int ns;

	(void)state;
	assert_int_equal(netns_new(&ns, &fail), 0);
	assert_int_equal(rtnl_open(&rtnl, ns, &fail), 0);
	assert_int_equal(link_get(rtnl, "lo", &lo, &fail), 0);
	assert_false(lo.up);
	assert_int_equal(netns_loopback_up(ns, &fail), 0);
	assert_int_equal(netns_loopback_up(ns, &fail), 0); /* twice is as good */
	assert_int_equal(link_get(rtnl, "lo", &lo, &fail), 0);
	assert_true(lo.up);
	rtnl_close(rtnl);
	close(ns);
}

static void test_no_descriptors_left(void **state)
{
	unsigned before = sandbox_open_files();
	struct fail fail = {0};
	uint64_t id;

	(void)state;
	for (int i = 0; i < 100; i++) {
		int ns, sock;

		assert_int_equal(netns_new(&ns, &fail), 0);
		assert_int_equal(netns_call(ns, note_where, &id, &fail), -EPROTO);
		sock = netns_socket(ns, AF_INET, SOCK_STREAM, 0, &fail);
		close(sock);
		close(ns);
	}
	assert_int_equal(sandbox_open_files(), before);
}

/* What the first process of a lab finds; its exit status says what is wrong. */
static int look_around(void *arg)
{
	struct stat run;
	FILE *mounts;
	char line[512];
	bool shared = false;

	(void)arg;
	if (getpid() != 1 || geteuid() != 0 || getegid() != 0)
		return 11;
	if (access("/proc/1/status", R_OK) || access("/proc/2/status", R_OK) == 0)
		return 12; /* /proc is not that of this PID namespace */
	if (stat("/run", &run) || mkdir("/run/phonelab", 0755))
		return 13;
	mounts = fopen("/proc/self/mountinfo", "re");
	while (mounts && fgets(line, sizeof(line), mounts))
		shared |= strstr(line, "shared:") != NULL;
	if (!mounts || shared)
		return 14;
	fclose(mounts);
	return 42;
}

static void test_userns_fork(void **state)
{
	struct userns_options options = {.ipc = true, .uts = true};
	struct fail fail = {0};
	struct stat st;
	pid_t pid;
	int status;

	(void)state;
	/* With a user namespace, and (we have CAP_SYS_ADMIN in this sandbox) without. */
	for (int i = 0; i < 2; i++) {
		options.user = i;
		if (userns_fork(&pid, &options, look_around, NULL, &fail))
			fail_msg("user %d: %s", i, fail.text);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 42);
		assert_int_not_equal(stat("/run/phonelab", &st), 0); /* nothing of its mounts shows here */
	}
}

/* Its exit status is the size of /run in MiB. */
static int measure_run(void *arg)
{
	struct statvfs run;

	(void)arg;
	return statvfs("/run", &run) ? 1 : (int)((uint64_t)run.f_blocks * run.f_frsize >> 20);
}

/* The /run of a lab has the requested size. */
static void test_run_is_bounded(void **state)
{
	struct userns_options options = {.run_bytes = 42 << 20};
	struct fail fail = {0};
	pid_t pid;
	int status;

	(void)state;
	if (userns_fork(&pid, &options, measure_run, NULL, &fail))
		fail_msg("%s", fail.text);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

static void test_userns_check(void **state)
{
	struct fail fail = {0};
	bool user = true;

	(void)state;
	assert_int_equal(userns_check(&user, &fail), 0);
	assert_false(user); /* we are uid 0 with all capabilities here */
}

/* Root without one of the capabilities that the programs of a lab need, as in a container: only a user namespace has it. */
static void test_userns_check_missing_capability(void **state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct fail fail = {0};
		bool user = false;

		if (syscall(SYS_capget, &header, data))
			_exit(2);
		data[0].effective &= ~(1U << CAP_NET_RAW);
		if (syscall(SYS_capset, &header, data))
			_exit(2);
		/* Where user namespaces are forbidden, the remedy names the capability. */
		if (userns_check(&user, &fail))
			_exit(strstr(fail.text, "root with --cap-add NET_RAW ") ? 0 : 3);
		_exit(user ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int wait_for_ever(void *arg)
{
	(void)arg;
	pause();
	return 0;
}

/* The parent is killed: its lab, all of it, is gone. The pipe is held by every process of the lab. */
static void test_dies_with_parent(void **state)
{
	int pipes[2], status;
	char byte;
	pid_t parent;

	(void)state;
	assert_int_equal(pipe2(pipes, 0), 0);
	parent = fork();
	if (parent == 0) {
		struct userns_options options = {.user = false};
		struct fail fail = {0};
		pid_t pid;

		close(pipes[0]);
		if (userns_fork(&pid, &options, wait_for_ever, NULL, &fail))
			_exit(1);
		(void)!write(pipes[1], "x", 1);
		pause();
		_exit(0);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	/* End of file comes when the last holder has died; the time limit of the sandbox bounds it. */
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(test_new_and_enter),
	    cmocka_unit_test(test_without_ipv6),
	    cmocka_unit_test(test_call),
	    cmocka_unit_test(test_is),
	    cmocka_unit_test(test_socket),
	    cmocka_unit_test(test_loopback),
	    cmocka_unit_test(test_no_descriptors_left),
	    cmocka_unit_test(test_userns_fork),
	    cmocka_unit_test(test_run_is_bounded),
	    cmocka_unit_test(test_userns_check),
	    cmocka_unit_test(test_userns_check_missing_capability),
	    cmocka_unit_test(test_dies_with_parent),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
