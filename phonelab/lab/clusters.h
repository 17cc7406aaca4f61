#ifndef PHONELAB_LAB_CLUSTERS_H
#define PHONELAB_LAB_CLUSTERS_H

#include <jansson.h>

#include "base/fail.h"
#include "cucm/plan.h"
#include "phonelab/topology/topology.h"

/*
 * The clusters of a lab. The files of the first are in the run directory itself. Another one has its keys, the files of its phones, and
 * the changes of its device table in clusters/NAME. Everything else there is a link to the run directory, so that clusters/NAME is a run
 * directory too: that of the lab as this cluster sees it.
 */

/* The folder of cluster number i below the run directory, "/" at its end; "" for the first. The result lives in folder. */
#define CLUSTERS_FOLDER 48
const char *clusters_folder(const struct topology *topology, size_t i, char folder[CLUSTERS_FOLDER]);

/* cucm_plan.prefix of cluster number i. */
const char *clusters_prefix(const struct topology *topology, size_t i, struct arena *arena);

/* --- which phone belongs to which cluster --- */

/* The phones that were moved: {"SEP...": "NAME", ..}; a new object. directory: the run directory, or that of a cluster. */
json_t *clusters_moved(const char *directory);

/* Record a move, in the run directory. 0 or a negative errno. */
int clusters_record_move(const char *directory, const char *device, const char *cluster, struct fail *fail);

/* The number of the cluster whose option 150 the phone gets: as it was moved, else as in the topology. */
size_t clusters_of_phone(const struct topology *topology, const json_t *moved, const char *device);

/* Give the DHCP servers of the plan a group for each other cluster: its phones and its TFTP servers. moved: NULL is legal. Memory is arena's. */
void clusters_set_groups(const struct topology *topology, struct arena *arena, struct cucm_plan *plan,
			 const json_t *moved);

/* --- the clusters of a lab that is about to run here --- */

struct clusters_item {
	struct topology *topology; /* reduced to the cluster */
	struct cucm_plan plan;
};

/* All clusters of a topology. A lab with one cluster has one item, whose topology is borrowed. */
struct clusters {
	struct clusters_item *items;
	size_t n;
	bool owned;
};

/* Prepare the directories of the clusters in PLAN_PREFIX, and read the topology and the plan of each. plan: plan_cucm of topology.
 * 0 or a negative errno. */
int clusters_open(struct clusters *clusters, struct topology *topology, const struct cucm_plan *plan,
		  struct fail *fail);
void clusters_close(struct clusters *clusters);

/* Write the files of all clusters but the first. 0 or a negative errno. */
int clusters_render(const struct clusters *clusters, struct fail *fail);

#endif
