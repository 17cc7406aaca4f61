#ifndef TESTS_SUPPORT_WHY_LAB_H
#define TESTS_SUPPORT_WHY_LAB_H

#include <jansson.h>

#include "phonelab/why/why.h"

/* A part of `phonelab why` that makes facts of a case. */
typedef void why_producer_fn(const struct why_case *it, json_t *facts);

/* The facts of one phone of a running lab (new reference); NULL with the reason printed. */
json_t *why_lab_facts(const char *lab, const char *phone, why_producer_fn *producer);

/* Print facts, one per line. */
void why_lab_print(const json_t *facts);

#endif
