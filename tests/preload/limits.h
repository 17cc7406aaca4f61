#ifndef TESTS_PRELOAD_LIMITS_H
#define TESTS_PRELOAD_LIMITS_H

#include <stdint.h>

/*
 * limits.so, a library for LD_PRELOAD, has calls of one program fail as if memory, descriptors or the disk were exhausted, and moves
 * the clock of the day; the monotonic clock stays. (libfaketime reads its time from a file, which Landlock denies.) A test and the programs share one file, which the library maps when a program starts: before the program confines itself, and without
 * a system call afterwards.
 */

#define LIMITS_LIBRARY "limits.so"	      /* in build/tests */
#define LIMITS_FILE    "PHONELAB_TEST_LIMITS" /* the environment variable with the path of the file */

enum limits_kind {
	LIMITS_NONE,
	LIMITS_DESCRIPTORS, /* EMFILE: each call that makes a descriptor; a received descriptor is lost */
	LIMITS_SPACE,  /* ENOSPC: each write to a regular file, and each call that makes a name in a folder */
	LIMITS_MEMORY, /* ENOMEM: each allocation that the program itself asks for, not the libraries */
	LIMITS_KINDS
};

struct limits {
	char program
	    [32]; /* the name of the program, while kind is not LIMITS_NONE; calls of other programs do not count */
	uint32_t kind;
	uint32_t at;	  /* the number of the call that fails; 0: none */
	uint32_t lasting; /* each call after it fails too, until at is 0 */
	uint32_t calls;	  /* calls so far; those of all processes of the program together */
	uint32_t failed;  /* how many of them failed */
	uint32_t
	    servers; /* clock_s is for dnsmasq, Kamailio and lighttpd too, not for the programs of phonelab only */
	int64_t clock_s; /* seconds by which the clock of the day is ahead; it jumps when this changes */
	uint64_t
	    caller; /* where in the program the first that failed was called, for addr2line; allocations only */
	char call[96]; /* the first that failed, and its file */
};

#endif
