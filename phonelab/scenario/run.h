#ifndef PHONELAB_SCENARIO_RUN_H
#define PHONELAB_SCENARIO_RUN_H

#include <jansson.h>

#include "phonelab/client/client.h"
#include "phonelab/lab/complain.h"
#include "phonelab/scenario/verdict.h"

/* The outcome of a scenario; the numbers are exit statuses. */
enum scenario_outcome {
	OUTCOME_PASSED = EXIT_AS_ASKED,
	OUTCOME_FAILED = EXIT_ASSERTION,
	OUTCOME_UNFIT = EXIT_UNFIT,
	OUTCOME_DEFECT = EXIT_DEFECT,
	OUTCOME_INTERRUPTED = EXIT_INTERRUPTED,
	OUTCOME_INVALID = EXIT_USAGE, /* its file has errors */
	OUTCOME_NOT_RUN = -1,	      /* another file has errors */
};

/* The result of a scenario without a run. line: in the file; 0: none. New reference. */
json_t *scenario_no_result(const char *name, const char *file, enum scenario_outcome outcome, unsigned line,
			   const char *reason);

/*
 * Run a scenario in a new lab with the name lab, or in the running lab of containers in (NULL: none), which is restored
 * afterwards. Call it in a separate process; a new lab exits with that process.
 * folder: for the evidence of a failure; it is made with its parents. SIGTERM stops the scenario and its lab. The
 * result (new reference):
 *   name, file, title, outcome, seconds, lab, reason (if not passed), line (in file, of the reason),
 *   folder (of the evidence), cause (the likely cause, as `phonelab why` names it), expectations[] of line, text, state, opened_ms, decided_ms, found;
 *   timeline[] of line, text, at_ms, error;
 *   phases: start_ms (until switches and servers run and the first entries are done), boot_ms (from power-on until
 *   each phone was registered once, or until the next entry), run_ms (until all expectations are decided), end_ms
 *   (evidence, and until the lab has exited), cpu_ms (of all processes)
 */
json_t *scenario_run(const struct scenario *scenario, const struct lab *in, const char *lab,
		     const char *folder);

#endif
