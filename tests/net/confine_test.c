/*
 * base/confine: each row is one thing that an intruder would try, in a process of its own that is confined as the switch is. The kernel is the witness: errno, or the signal that ends the process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/confine.h"
#include "tests/support/sandbox.h"

#define OWN	"/run/own"
#define FOREIGN "/run/foreign"

#define OTHER_FAULT 99 /* the exit status of a child that could not be confined */

static struct confine as_a_switch(unsigned calls)
{
	struct confine confine = {.program = "confine_test",
				  .capabilities =
				      CONFINE_CAPABILITY(CAP_NET_ADMIN) | CONFINE_CAPABILITY(CAP_NET_RAW),
				  .calls = calls};

	confine_add(&confine, OWN, CONFINE_WRITE);
	confine_add_folder_of(&confine, FOREIGN "/read/x", CONFINE_READ);
	return confine;
}

/* 0 or an errno. */
typedef int attempt_fn(void);

static int result(long got)
{
	return got < 0 ? errno : 0;
}

/* The errno of an attempt in a confined process, or minus the signal that ended it. */
static int confined(attempt_fn *attempt, unsigned calls)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct confine confine = as_a_switch(calls);
		struct fail fail = {0};

		if (confine_apply(&confine, &fail) || confine.paths)
			_exit(OTHER_FAULT);
		_exit(attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	assert_int_not_equal(WEXITSTATUS(status), OTHER_FAULT);
	return WEXITSTATUS(status);
}

static int open_passwd(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}
static int list_root(void)
{
	return result(open("/", O_RDONLY | O_DIRECTORY));
}
static int list_run(void)
{
	return result(open("/run", O_RDONLY | O_DIRECTORY));
}
static int read_foreign(void)
{
	return result(open(FOREIGN "/secret", O_RDONLY));
}
static int write_foreign(void)
{
	return result(open(FOREIGN "/secret", O_WRONLY));
}
static int create_foreign(void)
{
	return result(open(FOREIGN "/new", O_WRONLY | O_CREAT, 0600));
}
static int remove_foreign(void)
{
	return result(unlink(FOREIGN "/secret"));
}
static int read_readable(void)
{
	return result(open(FOREIGN "/read/x", O_RDONLY));
}
static int write_readable(void)
{
	return result(open(FOREIGN "/read/x", O_WRONLY));
}
static int remove_readable(void)
{
	return result(unlink(FOREIGN "/read/x"));
}
static int write_sysctl(void)
{
	return result(open("/proc/sys/net/ipv4/ip_forward", O_WRONLY));
}
static int memory_of_parent(void)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	return result(open(path, O_RDWR));
}
static int use_own(void)
{
	int fd = open(OWN "/new", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct stat st;

	return fd < 0 || write(fd, "x", 1) != 1 || close(fd) || rename(OWN "/new", OWN "/other") ||
		       mkdir(OWN "/folder", 0700) || rename(OWN "/other", OWN "/folder/other") ||
		       stat(OWN "/folder/other", &st) || unlink(OWN "/folder/other") || rmdir(OWN "/folder")
		   ? errno
		   : 0;
}

static int execute(void)
{
	return result(execl("/bin/true", "true", NULL));
}
static int trace(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}
static int mount_something(void)
{
	return result(mount("none", OWN, "tmpfs", 0, NULL));
}
static int load_a_program(void)
{
	return result(syscall(SYS_bpf, 0, NULL, 0));
}
static int fork_again(void)
{
	return result(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}
static int kill_parent(void)
{
	return result(kill(getppid(), 0));
}
static int user_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}
static int mount_namespace(void)
{
	return result(unshare(CLONE_NEWNS));
}
static int net_namespace(void)
{
	return result(unshare(CLONE_NEWNET));
}
static int enter_own_namespace(void)
{
	return result(setns(open("/proc/thread-self/ns/net", O_RDONLY), CLONE_NEWNET));
}
static int crypto_socket(void)
{
	return result(socket(AF_ALG, SOCK_SEQPACKET, 0));
}
static int packet_socket(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}
static int device_node(void)
{
	return result(mknod(OWN "/null", S_IFCHR | 0600, 0x103));
}
static int fifo(void)
{
	return result(mknod(OWN "/fifo", S_IFIFO | 0600, 0));
}

static void *do_nothing(void *arg)
{
	return arg;
}

static int thread(void)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, do_nothing, NULL);

	return err ? err : pthread_join(thread, NULL);
}

#define ROW(attempt, want)                                                                                   \
	{                                                                                                    \
#attempt, attempt, CONFINE_CALLS_LINKS, want                                                 \
	}
static const struct row {
	const char *name;
	attempt_fn *attempt;
	unsigned calls;
	int want; /* an errno, or minus a signal */
} file_rows[] = {ROW(open_passwd, EACCES),
		 ROW(list_root, EACCES),
		 ROW(list_run, EACCES),
		 ROW(read_foreign, EACCES),
		 ROW(write_foreign, EACCES),
		 ROW(create_foreign, EACCES),
		 ROW(remove_foreign, EACCES),
		 ROW(read_readable, 0),
		 ROW(write_readable, EACCES),
		 ROW(remove_readable, EACCES),
		 ROW(write_sysctl, EACCES),
		 ROW(memory_of_parent, EACCES),
		 ROW(use_own, 0)},
  call_rows[] = {ROW(execute, -SIGSYS),
		 ROW(trace, -SIGSYS),
		 ROW(mount_something, -SIGSYS),
		 ROW(load_a_program, -SIGSYS),
		 ROW(fork_again, EPERM),
		 ROW(kill_parent, EPERM),
		 ROW(user_namespace, EPERM),
		 ROW(mount_namespace, EPERM),
		 ROW(net_namespace, EPERM),
		 ROW(crypto_socket, EPERM),
		 ROW(device_node, EPERM),
		 ROW(fifo, EPERM),
		 ROW(thread, 0),
		 ROW(packet_socket, 0),
		 {"packet_socket without links", packet_socket, 0, EPERM},
		 {"fifo with folders", fifo, CONFINE_CALLS_FOLDERS, 0},
		 {"device_node with folders", device_node, CONFINE_CALLS_FOLDERS, EPERM},
		 {"user_namespace with netns", user_namespace, CONFINE_CALLS_NETNS, EPERM}};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int got = confined(rows[i].attempt, rows[i].calls);

		if (got != rows[i].want)
			fail_msg("%s: %d (%s), expected %d", rows[i].name, got, got > 0 ? strerror(got) : "",
				 rows[i].want);
	}
}

static void files_outside_are_closed(void **state)
{
	(void)state;
	if (confine_no_landlock()) {
		print_message("no Landlock: %s\n", confine_no_landlock());
		skip();
	}
	check_rows(file_rows, sizeof(file_rows) / sizeof(file_rows[0]));
}

static void other_system_calls_fail(void **state)
{
	(void)state;
	if (confine_no_seccomp()) {
		print_message("no seccomp: %s\n", confine_no_seccomp());
		skip();
	}
	check_rows(call_rows, sizeof(call_rows) / sizeof(call_rows[0]));
}

/* Not only for want of CAP_SYS_ADMIN: 0 if both calls are refused with it, too. */
static int try_namespaces(unsigned calls, int want)
{
	struct confine confine = {
	    .program = "confine_test", .capabilities = CONFINE_CAPABILITY(CAP_SYS_ADMIN), .calls = calls};
	struct fail fail = {0};

	if (confine_apply(&confine, &fail))
		return OTHER_FAULT;
	return enter_own_namespace() == want && net_namespace() == want ? 0 : 1;
}

static void the_filter_refuses_namespaces(void **state)
{
	static const struct {
		unsigned calls;
		int want;
	} cases[] = {{CONFINE_CALLS_LINKS, EPERM}, {CONFINE_CALLS_LINKS | CONFINE_CALLS_NETNS, 0}};

	(void)state;
	if (confine_no_seccomp()) {
		print_message("no seccomp: %s\n", confine_no_seccomp());
		skip();
	}
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		int status;

		if (!pid)
			_exit(try_namespaces(cases[i].calls, cases[i].want));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

/* --- what the kernel reports --- */

static long long status_row(const char *name, int base)
{
	FILE *in = fopen("/proc/self/status", "re");
	char line[256], *at = NULL;

	while (in && !at && fgets(line, sizeof(line), in))
		at = strncmp(line, name, strlen(name)) ? NULL : line + strlen(name) + 1;
	if (in)
		fclose(in);
	return at ? strtoll(at, NULL, base) : -1;
}

static int
    seccomp_mode; /* a filter, where the kernel has them: asked before, because a filter forbids to ask */

static int rights(void)
{
	long long kept = 1 << CAP_NET_ADMIN | 1 << CAP_NET_RAW;

	return status_row("CapEff", 16) != kept		   ? 1
	       : status_row("CapPrm", 16) != kept	   ? 2
	       : status_row("CapBnd", 16) != kept	   ? 3
	       : status_row("CapInh", 16)		   ? 4
	       : status_row("NoNewPrivs", 10) != 1	   ? 5
	       : status_row("Seccomp", 10) != seccomp_mode ? 6
	       : access("/proc/self/exe", F_OK)		   ? 7
							   : 0;
}

static void rights_are_dropped(void **state)
{
	(void)state;
	seccomp_mode = confine_no_seccomp() ? 0 : 2;
	assert_int_equal(confined(rights, CONFINE_CALLS_LINKS), 0);
}

static int rights_are_kept(void)
{
	return status_row("NoNewPrivs", 10) == 0 && status_row("Seccomp", 10) == 0 && !open_passwd() ? 0 : 1;
}

static void a_debugger_may_switch_it_off(void **state)
{
	int got;

	(void)state;
	setenv("PHONELAB_CONFINE", "off", 1);
	got = confined(rights_are_kept, 0);
	unsetenv("PHONELAB_CONFINE");
	assert_int_equal(got, 0);
}

/* Keep these capabilities only. */
static int keep(uint64_t capabilities)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].effective = data[0].permitted = (uint32_t)capabilities;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* The errno of a process like those of `phonelab exec` in an exercise (phonelab/client/confine.c) that looks into a simulator,
 * which is confined or only has few capabilities. */
static int look_into_a_simulator(bool is_confined)
{
	pid_t simulator, shell;
	int ready[2], status;
	char path[40], octet;

	assert_int_equal(pipe(ready), 0);
	simulator = fork();
	if (!simulator) {
		struct confine confine = as_a_switch(CONFINE_CALLS_LINKS);
		struct fail fail = {0};
		int err = is_confined ? confine_apply(&confine, &fail) : keep(confine.capabilities);

		octet = err ? 'n' : 'y';
		(void)!write(ready[1], &octet, 1);
		poll(NULL, 0, -1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &octet, 1), 1);
	assert_int_equal(octet, 'y');
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)simulator);
	shell = fork();
	if (!shell) {
		char target[200];

		if (keep(CONFINE_CAPABILITY(CAP_NET_ADMIN) | CONFINE_CAPABILITY(CAP_NET_RAW) |
			 CONFINE_CAPABILITY(CAP_DAC_OVERRIDE) | CONFINE_CAPABILITY(CAP_KILL)))
			_exit(OTHER_FAULT);
		_exit(result(readlink(path, target, sizeof(target))));
	}
	assert_int_equal(waitpid(shell, &status, 0), shell);
	kill(simulator, SIGKILL);
	waitpid(simulator, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_confined_shell_cannot_look_into_a_simulator(void **state)
{
	(void)state;
	assert_int_equal(look_into_a_simulator(false), 0);
	assert_int_equal(look_into_a_simulator(true), EACCES);
}

static void write_file(const char *path)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fclose(out);
}

static int prepare(void **state)
{
	(void)state;
	if (mkdir(OWN, 0755) || mkdir(FOREIGN, 0755) || mkdir(FOREIGN "/read", 0755))
		return -1;
	write_file(FOREIGN "/secret");
	write_file(FOREIGN "/read/x");
	return 0;
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(files_outside_are_closed),
	    cmocka_unit_test(other_system_calls_fail),
	    cmocka_unit_test(the_filter_refuses_namespaces),
	    cmocka_unit_test(rights_are_dropped),
	    cmocka_unit_test(a_debugger_may_switch_it_off),
	    cmocka_unit_test(a_confined_shell_cannot_look_into_a_simulator),
	};

	return cmocka_run_group_tests(all, prepare, NULL);
}

int main(void)
{
	return sandbox_run(tests, 30);
}
