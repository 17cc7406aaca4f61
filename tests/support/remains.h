#ifndef TESTS_SUPPORT_REMAINS_H
#define TESTS_SUPPORT_REMAINS_H

#include <sys/types.h>

/*
 * What is left of a lab once it was killed. Every process of a lab inherits a mark in its environment, and
 * the namespaces that they have are noted before the kill; soon after it there must be no process with
 * the mark, none in those namespaces, no socket of the lab's name, and the links and mounts of the test as
 * they were.
 *
 *     remains_begin(&remains, lab.name);
 *     ... start the lab, do something to it ...
 *     remains_note(&remains);
 *     kill(pid, SIGKILL);
 *     remains_none(&remains, "after this and that");
 */
struct remains {
	char mark[100];
	const char *lab;
	char *links, *mounts; /* as they were before */
	int count;
	unsigned long id[4096]; /* of namespaces, as the kernel numbers them */
	int held[4096];		/* and open, so that no other lab is given the number meanwhile */
};

/* To be called once, first in main(): orphans come to this process, and where it may it gets links and mounts
 * of its own, since what else goes on on this machine is not the lab's. */
void remains_init(void);

/* Before the lab is started: what is started from now on has the mark. lab: its name, which stays the
 * caller's. */
void remains_begin(struct remains *remains, const char *lab);

/* Right before the kill: note the namespaces of the lab. Returns how many are noted by now. */
int remains_note(struct remains *remains);

/* After the kill: fails the test, with `when` in its message, unless nothing is left within a minute.
 * Everything that remains_begin took is given back. */
void remains_none(struct remains *remains, const char *when);

/* The supervisor of the lab, by the outer process's own answer; 0 when there is none (yet). */
pid_t remains_supervisor(const char *lab);

/* The process that holds the lab's name, started the supervisor and dies with it; 0 when there is none. */
pid_t remains_outer(pid_t supervisor);

#endif
