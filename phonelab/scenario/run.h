#ifndef PHONELAB_SCENARIO_RUN_H
#define PHONELAB_SCENARIO_RUN_H

#include <jansson.h>

#include "phonelab/lab/complain.h"
#include "phonelab/scenario/verdict.h"

/* The outcome of a scenario; the numbers are exit statuses. */
enum scenario_outcome {
	OUTCOME_PASSED = EXIT_AS_ASKED,
	OUTCOME_FAILED = EXIT_ASSERTION,
	OUTCOME_UNFIT = EXIT_UNFIT,
	OUTCOME_DEFECT = EXIT_DEFECT,
	OUTCOME_INTERRUPTED = EXIT_INTERRUPTED,
};

/*
 * Run it in a lab of its own, of the name lab, and be done with it: to be called in a process of its own,
 * whose death takes the lab with it. folder: where the evidence goes when it fails (made then, with its
 * parents). The result (new reference):
 *   name, file, title, outcome, seconds, lab, reason (of what is not passed), line (in file, of that),
 *   folder (when there is evidence), expectations[] of line, text, state, opened_ms, decided_ms, found;
 *   timeline[] of line, text, at_ms, error;
 *   phases: start_ms (until switches and servers are up and what comes first is done), boot_ms (from power
 * until every phone has been registered once, or the next entry of the timeline was done), run_ms (until all
 * is decided), end_ms (evidence, and until nothing of the lab is left), cpu_ms (of all processes) SIGTERM
 * ends it early, in order.
 */
json_t *scenario_run(const struct scenario *scenario, const char *lab, const char *folder);

/* What the evidence is made of. */
struct scenario_evidence {
	const struct scenario *scenario;
	const struct lab *lab;
	json_t *result, *status;
	int capture;	/* pcapng of all switch ports */
	uint64_t begun; /* power-on, CLOCK_MONOTONIC us */
	const char *folder;
};

/* Write the folder. 0 or a negative errno with the reason; what could be written is there. */
int scenario_evidence_write(const struct scenario_evidence *evidence, struct fail *fail);

/* One self-contained page, FOLDER/index.html. 0 or a negative errno. */
int scenario_page_write(const struct scenario_evidence *evidence, json_t *const *concerned,
			size_t concerned_count, const json_t *frames, struct fail *fail);

#endif
