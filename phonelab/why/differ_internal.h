#ifndef PHONELAB_WHY_DIFFER_INTERNAL_H
#define PHONELAB_WHY_DIFFER_INTERNAL_H

#include "phonelab/lab/intended.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/why.h"

/* For differ*.c, and for what else needs the rendered content. */
#define DIFFER_PATH 700

struct differ {
	const struct why_case *it;
	json_t *facts;
	const struct intended *intended;
	const struct cucm_device *device; /* of the phone; NULL: the call managers do not have it */
};

/* Is it the lab of an exercise, or one whose supervisor does not answer? Then nothing that was rendered may be used. */
bool differ_in_exercise(const struct why_case *it);

/* The parts of the comparison, one file each. */
void differ_configs(const struct differ *of);
void differ_files(const struct differ *of);
void differ_rows(const struct differ *of);
void differ_switches(const struct differ *of);

#endif
