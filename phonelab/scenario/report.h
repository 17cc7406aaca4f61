#ifndef PHONELAB_SCENARIO_REPORT_H
#define PHONELAB_SCENARIO_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Print results (run.h) for people and machines. */

/* One line; for a scenario that has not passed also the reason and the folder of the evidence. */
void report_person(FILE *out, const json_t *result, bool color);

/* TAP version 13: first report_tap_plan, then each result with its number from 1. */
void report_tap_plan(FILE *out, size_t count);
void report_tap(FILE *out, size_t number, const json_t *result);

/* The last line: "19 passed, 1 failed, 0 skipped". Everything that did not pass has failed, except scenarios that did
 * not run or were interrupted. */
void report_counts(FILE *out, const json_t *results);

/* A GitHub annotation for a scenario that has not passed, with the likely cause: ::error file=..,line=..,title=..::TEXT */
void report_github(FILE *out, const json_t *result);

/* JUnit XML of all: testsuites, testsuite, testcase with failure (an assertion failed, and the likely cause), error (a
 * defect, an unfit machine, an invalid file) or skipped (not run), and system-out. seconds: of the whole run. */
void report_junit(FILE *out, const json_t *results, double seconds);

#endif
