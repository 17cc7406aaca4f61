#ifndef TESTS_SUPPORT_WHY_FOLDER_H
#define TESTS_SUPPORT_WHY_FOLDER_H

#include <jansson.h>
#include <stddef.h>

#include "tests/support/why_lab.h"

/*
 * A run directory as topologies/office.yaml renders it, without processes: its files, databases and topology. Facts are made
 * of it as of a lab that is up. Every function fails the test on an error.
 */
#define WHY_PHONE "SEP001122AABB01"
#define WHY_OTHER "SEP001122AABB02"
#define WHY_ROOT  "tftp/root/"

/* Render it below /tmp, and remove it. */
void why_folder_begin(void);
void why_folder_end(void);

/* The path of a file below the run directory; valid until the next but three call. */
const char *why_folder_path(const char *name);

/* Keep a file as it is now; why_folder_restore gives every kept file its content and mode again, and removes files that were
 * not there. */
void why_folder_keep(const char *name);
void why_folder_restore(void);

/* Replace a file. */
void why_folder_put(const char *name, const void *bytes, size_t length);

/* Its octets, to be free()d. */
char *why_folder_get(const char *name, size_t *length);

/* Replace the first `from` in a file by `to`. */
void why_folder_edit(const char *name, const char *from, const char *to);

/* Sign WHY_ROOT NAME as NAME.sgn: with the key of the cluster, or with that of another one. as: the name in the header; NULL:
 * NAME.sgn. */
void why_folder_sign(const char *name, const char *as, int other_cluster);

/* Replace a trust list of WHY_ROOT by that of another cluster. */
void why_folder_other_list(const char *name);

/* Run a statement in the database of a call manager. */
void why_folder_sql(const char *node, const char *statement);

/* The facts of a phone that failed at a step (0: healthy). New reference. */
json_t *why_folder_facts(const char *phone, int step, why_producer_fn *producer);

#endif
