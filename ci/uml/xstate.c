/*
 * User Mode Linux 6.1 stores the floating point state of its processes in a buffer of fixed size, sized for
 * AVX-512. If the CPU of the host has more state (AMX tiles), the host's kernel rejects a state shorter than its
 * own, and UML panics on its first process. This library, preloaded into linux.uml, completes the short state with
 * the state of the host. The standard XSAVE layout grows only at its end, so the head comes from UML and the tail
 * is unchanged.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long xstate(enum __ptrace_request request, pid_t pid, struct iovec *part)
{
	static unsigned char state[64 * 1024];
	struct iovec whole = {.iov_base = state, .iov_len = sizeof(state)};

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole) < 0)
		return -1;
	if (whole.iov_len <= part->iov_len)
		return syscall(SYS_ptrace, request, pid, NT_X86_XSTATE, part);
	if (request == PTRACE_GETREGSET) {
		memcpy(part->iov_base, state, part->iov_len);
		return 0;
	}
	memcpy(state, part->iov_base, part->iov_len);
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	va_start(args, request);
	pid_t pid = va_arg(args, pid_t);
	void *address = va_arg(args, void *);
	void *data = va_arg(args, void *);
	va_end(args);

	if ((request == PTRACE_GETREGSET || request == PTRACE_SETREGSET) && (long)address == NT_X86_XSTATE)
		return xstate(request, pid, data);

	/* The raw system call writes a peeked word through data; the library function returns it. */
	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
		long word = 0;
		if (syscall(SYS_ptrace, request, pid, address, &word) < 0)
			return -1;
		errno = 0;
		return word;
	}
	return syscall(SYS_ptrace, request, pid, address, data);
}
