#ifndef PHONELAB_WHY_NEED_H
#define PHONELAB_WHY_NEED_H

#include <stdbool.h>
#include <stddef.h>

/* What a phone needs of a server at a step: the only table of it (docs/troubleshooting.md shows it). */
struct why_need {
	int step;
	const char *asks;   /* the request, the names in their order; PHONE stands for SEP and the MAC */
	const char *answer; /* with which the step is done */
};

/* In the order of the steps, up to one with step 0. */
extern const struct why_need why_needs[];

/* The row of a step; NULL: the phone asks no server at it. */
const struct why_need *why_need_of(int step);

/* One line: what the phone named phone asks for and needs. signed_files: its trust list demands NAME.sgn. Returns text,
 * "" for a step without a row. */
const char *why_need_text(int step, const char *phone, bool signed_files, char *text, size_t size);

#endif
