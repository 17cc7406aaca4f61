/*
 * cable/netns_helper: a process without CAP_SYS_ADMIN gets sockets of other namespaces. The kernel is the witness: SIOCGSKNS
 * names the namespace of a socket, /proc the state of the helper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "cable/netns_helper.h"
#include "cable/rtnl.h"
#include "tests/support/sandbox.h"

#define NAME "netns-helper\n"

static struct fail why;

static const struct netns_socket datagram = {AF_INET, SOCK_DGRAM, 0};

static ino_t inode(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* The pid of the helper, or 0. This sandbox has no other. */
static pid_t find_helper(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	assert_non_null(proc);
	while ((entry = readdir(proc))) {
		char path[300], name[40] = "";
		FILE *in;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		in = atoi(entry->d_name) ? fopen(path, "re") : NULL;
		if (in && fgets(name, sizeof(name), in) && !strcmp(name, NAME))
			found = atoi(entry->d_name);
		if (in)
			fclose(in);
	}
	closedir(proc);
	return found;
}

static bool helper_runs(void *arg)
{
	(void)arg;
	return find_helper() != 0;
}

static bool helper_is_gone(void *arg)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	(void)arg;
	return !find_helper();
}

/* The standard ones, the socket to its owner, its own namespace; and the two names that every folder has. */
static bool has_few_files(void *arg)
{
	char path[40];
	unsigned count = 0;
	DIR *folder;

	(void)arg;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)find_helper());
	folder = opendir(path);
	/* An ordinary user may not look: the test was executed outside of its user namespace, and the helper is not dumpable. */
	if (!folder)
		return errno == EACCES;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count == 5 + 2;
}

static struct netns_helper *start(void)
{
	struct netns_helper *helper;

	assert_int_equal(netns_helper_start(&helper, "test", &why), 0);
	assert_non_null(helper);
	assert_true(sandbox_until(5000, helper_runs, NULL));
	return helper;
}

static void end(struct netns_helper *helper)
{
	netns_helper_free(helper);
	assert_true(sandbox_until(5000, helper_is_gone, NULL));
}

static void sockets_are_in_the_namespace(void **state)
{
	static const struct netns_socket wanted[] = {
	    {AF_INET, SOCK_DGRAM, 0}, {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}, {AF_INET, SOCK_STREAM, 0}};
	struct netns_helper *helper = start();
	unsigned own = sandbox_open_files();
	int fds[3], ns, other;

	(void)state;
	assert_int_equal(netns_new(&ns, &why), 0);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(netns_helper_open(helper, ns, wanted, 3, fds, &why), 0);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(netns_of_socket(fds[i], &other, &why), 0);
			assert_int_equal(inode(other), inode(ns));
			assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
			close(other);
			close(fds[i]);
		}
		/* The helper keeps neither the sockets nor the namespace. */
		assert_true(sandbox_until(5000, has_few_files, NULL));
	}
	close(ns);
	assert_int_equal(sandbox_open_files(), own);
	end(helper);
}

static void a_refusal_leaves_nothing_open(void **state)
{
	const struct netns_socket wanted[] = {datagram, {AF_MAX, SOCK_DGRAM, 0}};
	struct netns_helper *helper = start();
	int fds[2] = {-1, -1}, ns, file, home;
	unsigned own;

	(void)state;
	assert_int_equal(netns_new(&ns, &why), 0);
	assert_int_equal(netns_self(&home, &why), 0);
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	own = sandbox_open_files();
	/* A family that does not exist: the filter of the helper refuses it. */
	assert_true(netns_helper_open(helper, ns, wanted, 2, fds, &why) < 0);
	assert_int_equal(netns_helper_open(helper, file, &datagram, 1, fds, &why), -EINVAL);
	assert_int_equal(netns_helper_open(helper, ns, wanted, NETNS_HELPER_SOCKETS + 1, fds, &why), -EINVAL);
	assert_int_equal(fds[0], -1);
	assert_int_equal(sandbox_open_files(), own);
	/* It still serves. */
	assert_int_equal(netns_helper_open(helper, ns, &datagram, 1, fds, &why), 0);
	close(fds[0]);
	close(file);
	close(home);
	close(ns);
	end(helper);
}

static int status_of_owner(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* As the switch: the owner may not enter a namespace, and uses one by the sockets of the helper. */
static int own_without_rights(int ns)
{
	struct confine confine = {.program = "test",
				  .capabilities = CONFINE_CAPABILITY(CAP_NET_ADMIN),
				  .calls = CONFINE_CALLS_LINKS};
	const struct netns_socket route = {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE};
	struct netns_helper *helper;
	struct rtnl *rtnl;
	int fd;

	if (netns_helper_start(&helper, "test", &why) || !helper || confine_apply(&confine, &why))
		return 1;
	if (setns(ns, CLONE_NEWNET) != -1 || errno != EPERM)
		return 2;
	if (netns_helper_open(helper, ns, &route, 1, &fd, &why) || rtnl_adopt(&rtnl, fd, &why))
		return 3;
	/* Its capabilities count there, too. */
	if (link_set_up(rtnl, 1, true, &why))
		return 4;
	rtnl_close(rtnl);
	netns_helper_free(helper);
	return 0;
}

static void the_owner_needs_no_sys_admin(void **state)
{
	pid_t pid;
	int ns;

	(void)state;
	assert_int_equal(netns_new(&ns, &why), 0);
	pid = fork();
	if (!pid)
		_exit(own_without_rights(ns));
	assert_int_equal(status_of_owner(pid), 0);
	close(ns);
	assert_true(sandbox_until(5000, helper_is_gone, NULL));
}

static void it_ends_with_its_owner(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		struct netns_helper *helper;

		if (netns_helper_start(&helper, "test", &why))
			_exit(1);
		for (;;)
			sleep(60);
	}
	assert_true(sandbox_until(5000, helper_runs, NULL));
	/* It is not ended by what a terminal sends to both. */
	kill(find_helper(), SIGINT);
	kill(find_helper(), SIGTERM);
	assert_true(helper_runs(NULL));
	kill(pid, SIGKILL);
	assert_int_equal(status_of_owner(pid), -SIGKILL);
	assert_true(sandbox_until(5000, helper_is_gone, NULL));
}

/* The switch then makes cables as in a container without SYS_ADMIN. */
static void a_dead_helper_is_reported_as_no_permission(void **state)
{
	struct netns_helper *helper = start();
	int ns, fd = -1;

	(void)state;
	assert_int_equal(netns_new(&ns, &why), 0);
	assert_false(netns_helper_lost(helper));
	kill(find_helper(), SIGKILL);
	assert_true(sandbox_until(5000, helper_is_gone, NULL));
	assert_true(netns_helper_lost(helper));
	for (int i = 0; i < 2; i++)
		assert_int_equal(netns_helper_open(helper, ns, &datagram, 1, &fd, &why), -EPERM);
	assert_int_equal(netns_helper_open(NULL, ns, &datagram, 1, &fd, &why), -EPERM);
	assert_int_equal(fd, -1);
	netns_helper_free(helper);
	close(ns);
}

static int start_without_rights(void)
{
	struct confine confine = {.program = "test", .capabilities = CONFINE_CAPABILITY(CAP_NET_ADMIN)};
	struct netns_helper *helper;

	return confine_apply(&confine, &why) || netns_helper_start(&helper, "test", &why) || helper;
}

static void without_the_capability_there_is_none(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(start_without_rights());
	assert_int_equal(status_of_owner(pid), 0);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(sockets_are_in_the_namespace),
	    cmocka_unit_test(a_refusal_leaves_nothing_open),
	    cmocka_unit_test(the_owner_needs_no_sys_admin),
	    cmocka_unit_test(it_ends_with_its_owner),
	    cmocka_unit_test(a_dead_helper_is_reported_as_no_permission),
	    cmocka_unit_test(without_the_capability_there_is_none),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 60);
}
