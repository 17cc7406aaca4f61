#ifndef PHONELAB_CLOSET_MAP_H
#define PHONELAB_CLOSET_MAP_H

#include <stdbool.h>

#include "base/fail.h"
#include "phonelab/client/client.h"
#include "phonelab/closet/route.h"

/* The file closets.json in the run directory of a console: which closet has a node. By this file commands know that the lab is one
 * of closets: {"closets":[NAME,...],"nodes":{NODE:INDEX,...}}. */

/* Write it below directory. 0 or a negative errno with the reason. */
int map_write(const struct route *route, const char *directory, struct fail *fail);

/* The route of a lab of closets; NULL: the lab is none. */
struct route *map_read(const struct lab *lab);

/* The closet of a node that a user names (client_node_name has found the name of a phone): name[64]. False: the lab is not one of
 * closets. */
bool map_closet_of(const struct lab *lab, const char *node, char closet[64]);

#endif
