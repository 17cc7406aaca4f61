/* The filter of system calls, seccomp(2), by libseccomp. A call that is in no list fails with EPERM. The calls in
 * deadly[] end the process: no program here makes them, but an intruder would. */
#include "base/confine_internal.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A name that a processor does not have has a negative number, which libseccomp leaves out. */
static const int common[] = {
    /* descriptors and files */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(close),
    SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(fcntl), SCMP_SYS(fcntl64),
    SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(stat64), SCMP_SYS(lstat), SCMP_SYS(lstat64),
    SCMP_SYS(fstat), SCMP_SYS(fstat64), SCMP_SYS(fstatat64), SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
    SCMP_SYS(getcwd), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(ftruncate),
    SCMP_SYS(ftruncate64), SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(fchmod),
    SCMP_SYS(fchown), SCMP_SYS(umask), SCMP_SYS(fadvise64), SCMP_SYS(utimensat),
    /* waiting */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
    SCMP_SYS(timerfd_gettime), SCMP_SYS(restart_syscall),
    /* sockets; which families, see below */
    SCMP_SYS(socketpair), SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(listen), SCMP_SYS(accept),
    SCMP_SYS(accept4), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(send), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(sendfile), SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg),
    SCMP_SYS(shutdown),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
    SCMP_SYS(madvise), SCMP_SYS(membarrier),
    /* the process, its threads and signals */
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(tgkill), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(sigreturn), SCMP_SYS(getpid), SCMP_SYS(gettid),
    SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit), SCMP_SYS(setrlimit), SCMP_SYS(prlimit64),
    SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrandom), SCMP_SYS(arch_prctl), SCMP_SYS(capget),
    /* time */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time),
    /* the same on 32 bits, with times of 64 */
    SCMP_SYS(clock_gettime64), SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(futex_time64),
    SCMP_SYS(ppoll_time64), SCMP_SYS(pselect6_time64), SCMP_SYS(recvmmsg_time64), SCMP_SYS(timerfd_settime64),
    SCMP_SYS(timerfd_gettime64)};

static const int folders[] = {SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch),
			      SCMP_SYS(inotify_rm_watch)};

static const int deadly[] = {SCMP_SYS(execve),
			     SCMP_SYS(execveat),
			     SCMP_SYS(ptrace),
			     SCMP_SYS(process_vm_readv),
			     SCMP_SYS(process_vm_writev),
			     SCMP_SYS(mount),
			     SCMP_SYS(umount2),
			     SCMP_SYS(move_mount),
			     SCMP_SYS(open_tree),
			     SCMP_SYS(fsopen),
			     SCMP_SYS(pivot_root),
			     SCMP_SYS(chroot),
			     SCMP_SYS(bpf),
			     SCMP_SYS(perf_event_open),
			     SCMP_SYS(userfaultfd),
			     SCMP_SYS(io_uring_setup),
			     SCMP_SYS(keyctl),
			     SCMP_SYS(add_key),
			     SCMP_SYS(request_key),
			     SCMP_SYS(init_module),
			     SCMP_SYS(finit_module),
			     SCMP_SYS(delete_module),
			     SCMP_SYS(kexec_load),
			     SCMP_SYS(kexec_file_load),
			     SCMP_SYS(open_by_handle_at),
			     SCMP_SYS(reboot),
			     SCMP_SYS(swapon),
			     SCMP_SYS(swapoff),
			     SCMP_SYS(acct),
			     SCMP_SYS(personality)};

/* A call that is allowed with one value of an argument only. */
struct argument {
	int call;
	unsigned number;
	uint64_t mask, value;
	unsigned calls; /* enum confine_calls; 0: of every program */
};

#define WHOLE UINT32_MAX

static const struct argument arguments[] = {
    {SCMP_SYS(socket), 0, WHOLE, AF_UNIX, 0},
    {SCMP_SYS(socket), 0, WHOLE, AF_INET, 0},
    {SCMP_SYS(socket), 0, WHOLE, AF_INET6, 0},
    {SCMP_SYS(socket), 0, WHOLE, AF_NETLINK, 0}, /* getaddrinfo, too */
    {SCMP_SYS(socket), 0, WHOLE, AF_PACKET, CONFINE_CALLS_LINKS},
    {SCMP_SYS(ioctl), 1, WHOLE, FIONREAD, 0},
    {SCMP_SYS(ioctl), 1, WHOLE, FIONBIO, 0},
    {SCMP_SYS(ioctl), 1, WHOLE, TCGETS, 0}, /* stdio: is it a terminal? */
    {SCMP_SYS(ioctl), 1, WHOLE, SIOCETHTOOL, CONFINE_CALLS_LINKS},
    {SCMP_SYS(ioctl), 1, WHOLE, SIOCGIFINDEX, CONFINE_CALLS_LINKS},
    {SCMP_SYS(ioctl), 1, WHOLE, SIOCGIFFLAGS, CONFINE_CALLS_LINKS},
    {SCMP_SYS(ioctl), 1, WHOLE, SIOCSIFFLAGS, CONFINE_CALLS_LINKS},
    {SCMP_SYS(ioctl), 1, WHOLE, SIOCGSKNS, CONFINE_CALLS_LINKS},
    {SCMP_SYS(ioctl), 1, WHOLE, NS_GET_NSTYPE, CONFINE_CALLS_LINKS},
    {SCMP_SYS(unshare), 0, WHOLE, CLONE_NEWNET, CONFINE_CALLS_NETNS},
    {SCMP_SYS(setns), 1, WHOLE, CLONE_NEWNET, CONFINE_CALLS_NETNS},
    {SCMP_SYS(mknod), 1, S_IFMT, S_IFIFO, CONFINE_CALLS_FOLDERS},
    {SCMP_SYS(mknodat), 2, S_IFMT, S_IFIFO, CONFINE_CALLS_FOLDERS},
    /* a thread, and no other process */
    {SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD, 0}};

static int add_list(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = calls[i] == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, action, calls[i], 0);
	return err;
}

static int add_arguments(scmp_filter_ctx filter, unsigned calls)
{
	int err = 0;

	for (size_t i = 0; !err && i < COUNT(arguments); i++) {
		const struct argument *it = &arguments[i];
		const struct scmp_arg_cmp compare =
		    SCMP_CMP(it->number, SCMP_CMP_MASKED_EQ, it->mask, it->value);

		if (!it->calls || (it->calls & calls))
			err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, it->call, 1, &compare);
	}
	return err;
}

int confine_system_calls(const struct confine *confine, struct fail *fail)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = filter ? 0 : -ENOMEM;

	/* The filter is a tree then, not a list of 130 comparisons; libseccomp before 2.5 has lists only. */
	if (!err)
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!err)
		err = add_list(filter, SCMP_ACT_ALLOW, common, COUNT(common));
	if (!err && (confine->calls & CONFINE_CALLS_FOLDERS))
		err = add_list(filter, SCMP_ACT_ALLOW, folders, COUNT(folders));
	if (!err)
		err = add_arguments(filter, confine->calls);
	if (!err)
		err = add_list(filter, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly));
	/* Its arguments are in memory, where a filter cannot read. libc then uses clone. */
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err ? fail_set(fail, err, "%s", strerror(-err)) : 0;
}
