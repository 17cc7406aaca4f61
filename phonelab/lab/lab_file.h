#ifndef PHONELAB_LAB_LAB_FILE_H
#define PHONELAB_LAB_LAB_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "phonelab/topology/topology.h"

/* A rendered run directory contains its source: lab.json (the lab's name, the number of phones that it was scaled
 * to, its pace, and the closet if it is only that part) and topology.yaml, a copy. `phonelab node` and `phonelab status` read them where no supervisor runs. */

/* Write both below directory. name: of the lab. 0 or a negative errno. */
int lab_file_write(const char *directory, const char *name, const struct topology *topology,
		   struct fail *fail);

/* Are both below directory, and the same as lab_file_write would write them? */
bool lab_file_same(const char *directory, const char *name, const struct topology *topology);

/* Write the source of a native lab to the folder intended/ of its run directory: the topology with the changes of a
 * scenario, the number of phones, the seed and the pace. cluster: the number of the cluster whose directory it is, if there are several.
 * 0 or a negative errno. */
int lab_file_write_intended(const char *directory, struct topology *topology, size_t cluster,
			    struct fail *fail);

/* The topology that this run directory was rendered from, natively or by lab_file_write, reduced to the cluster whose directory it is
 * (topology_keep_cluster); NULL with the reason. Free with topology_free. */
struct topology *lab_file_intended(const char *directory, struct fail *fail);

/* The same with all clusters. */
struct topology *lab_file_whole(const char *directory, struct fail *fail);

/* Write a JSON object to directory/file. 0 or a negative errno. */
int lab_file_json(const char *directory, const char *file, const json_t *object, struct fail *fail);

/* Does the run directory contain a rendered lab? If so, its name is in name. */
bool lab_file_here(char name[40]);

/* The topology that the run directory was rendered from, with the lab's name as its name; NULL with the
 * reason. Free with topology_free. */
struct topology *lab_file_topology(struct fail *fail);

#endif
