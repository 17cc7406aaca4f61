#ifndef PHONELAB_COMMAND_EXERCISE_BENCH_H
#define PHONELAB_COMMAND_EXERCISE_BENCH_H

#include "phonelab/command/exercise_command.h"

/* One run of the bench: a lab with an exercise, and an agent. */

#define BENCH_REPORT 65536

struct bench_run {
	struct beginning beginning; /* its results: a file that nobody reads */
	const char *agent;	    /* for sh -c */
	const char *folder;	    /* for the ticket */
	long limit_s;		    /* of the agent */
	char lab[40];		    /* the name of the lab */
};

/* What the process of a run shares with the bench, so that the bench can end everything. */
struct bench_shared {
	pid_t agent;		   /* its process group; 0: none runs */
	pid_t outer;		   /* the process that ends the lab; 0: not known yet */
	char report[BENCH_REPORT]; /* JSON, "" until the run has ended */
};

/* Start the lab, run the agent, finish the exercise, end the lab, and write the report. In a process of its own. */
void bench_run(const struct bench_run *run, struct bench_shared *shared);

/* End the agent and the lab of a run, whatever they do. */
void bench_end(const struct bench_run *run, struct bench_shared *shared);

#endif
