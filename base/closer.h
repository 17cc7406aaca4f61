#ifndef BASE_CLOSER_H
#define BASE_CLOSER_H

/*
 * Closing descriptors that take long to close. When a packet socket is closed, the kernel waits until no processor uses it
 * any more (an RCU grace period, 10 to 30 ms). Closes that happen at the same time share this wait: a thread of its own closes each
 * descriptor, up to CLOSER_THREADS at a time, and the caller goes on. The threads end when nothing is left to close.
 *
 * The functions may be called by one thread of the program. A child of fork() may call them if no descriptor waited to be closed
 * at the fork: its parent has never called closer_close(), or has called closer_wait() since. The probes of
 * phonelab/lab/probe_verb.c are such children.
 */
#define CLOSER_THREADS 64

/* Close fd soon; the caller must not use it any more. Closed here and now if no thread can be made, or without memory. */
void closer_close(int fd);

/* Wait until all are closed. Only a program that must know needs it: when a program ends, the kernel closes what is left. */
void closer_wait(void);

#endif
