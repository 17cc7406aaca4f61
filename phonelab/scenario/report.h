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

/* A GitHub annotation for a scenario that has not passed: ::error file=..,line=..,title=..::TEXT */
void report_github(FILE *out, const json_t *result);

/* JUnit XML of all: testsuites, testsuite, testcase with failure (an assertion failed), error (a defect) or
 * skipped (the machine is unfit), and system-out. seconds: of the whole run. */
void report_junit(FILE *out, const json_t *results, double seconds);

#endif
