#ifndef PHONELAB_WHY_SOURCE_H
#define PHONELAB_WHY_SOURCE_H

#include <jansson.h>

#include "base/fail.h"
#include "phonelab/client/client.h"

/* Where the evidence comes from: a lab that is up, a folder that was kept of one, or a capture of a phone,
 * real ones included. `why` reads all three alike. */
struct why_source {
	json_t *status; /* owned: as `status --json`; of a capture one phone, its steps out of the frames */
	json_t *nodes;	/* owned: [{"name","kind"}], or NULL */
	json_t *events; /* owned: of a capture, its frames as events, with "line" as the frame's number */
	json_t *facts;	/* owned: of a capture, what only frames show (fact.h); or NULL */
	struct why_logs *logs; /* owned: of the directory, when they were first needed */
	char directory[256];   /* the run directory, "/" at its end; "" without one */
	char lab[40];	       /* the name of a running lab, else "" */
};

/* Each 0, or a negative errno with the reason. why_source_free in any case. */
int why_source_lab(struct why_source *source, const struct lab *lab, struct fail *fail);

/* The folder of phonelab test, or of phonelab collect (old bundles too), unpacked: status.json, events.jsonl, log/; or those in
 * its folder lab/. */
int why_source_folder(struct why_source *source, const char *folder, struct fail *fail);

/* The last attempt of a phone in a capture. phone: a device name or a MAC. */
int why_source_capture(struct why_source *source, const char *path, const char *phone, struct fail *fail);

void why_source_free(struct why_source *source);

#endif
