#ifndef PHONELAB_SUPERVISE_OUTER_LINK_H
#define PHONELAB_SUPERVISE_OUTER_LINK_H

#include <stdbool.h>
#include <sys/types.h>

#include "phonelab/supervise/outer.h"
#include "phonelab/supervise/report_line.h"

/* The outer process, for the process that started it: the pipe of its report, and the signals that interrupt the waiting
 * (SIGINT, SIGTERM, SIGHUP: blocked from outer_link_start on, and read). */
struct outer_link {
	int report, signals;
	pid_t pid; /* the outer process; 0 once it was waited for */
	struct report_reader reader;
	bool ended;	  /* the outer process has exited, and the lab with it */
	int status;	  /* its exit status as waitpid reports it, after outer_link_reap */
	bool interrupted; /* by a signal */
	int also;	  /* a further descriptor that ends the waiting when it is readable; 0: none */
};

/* Start the outer process; options->report is set here. Without options->background it dies with us. 0, or
 * the exit status that fits, with the reason. */
int outer_link_start(struct outer_link *link, struct outer_options *options, struct fail *fail);

/* Without an outer process: block and read the signals only. 0, or an exit status with the reason. */
int outer_link_signals(struct outer_link *link, struct fail *fail);

/* Wait up to wait_ms (-1: without a limit) for the report or a signal, and read it. */
void outer_link_wait(struct outer_link *link, int wait_ms, report_line_fn *take, void *arg);

/* Once it has exited: read its status. From then on getrusage includes what it and its lab have used. */
void outer_link_reap(struct outer_link *link);

#endif
