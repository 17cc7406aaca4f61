#ifndef CUCM_SERVICE_DRIVER_TVS_KNOWN_H
#define CUCM_SERVICE_DRIVER_TVS_KNOWN_H

#include "base/json_config.h"
#include "cucm-service/core/tvs_store.h"

/* A file with certificates of the cluster, and the roles that they have. */
struct tvs_file {
	char *file;
	struct config_list roles; /* int64_t */
};

/* The certificates that a node's TVS knows: those of files, and those of other clusters in a folder. A file that has changed is
 * read again, as CUCM's service reads its database. */
struct tvs_known;

/* files (struct tvs_file) and folder are borrowed; the folder may not exist. NULL if memory is short. */
struct tvs_known *tvs_known_new(const struct config_list *files, const char *folder);
void tvs_known_free(struct tvs_known *known); /* NULL is legal */

/* The store as the files are now; until the next call. */
const struct tvs_store *tvs_known_store(struct tvs_known *known);

#endif
