#ifndef PHONELAB_CLOSET_MIRROR_H
#define PHONELAB_CLOSET_MIRROR_H

#include "phonelab/client/client.h"

/* Commands read files of the run directory: logs, the files of servers, the flash of phones. In a lab of closets they are elsewhere.
 * This makes the run directory of the console equal to those of the closets: files up to MIRROR_MOST octets that have changed are
 * copied with their mode and time, links that stay below their folder are made, and what a closet does not have any more is removed.
 * No private keys. Files that are not copied, and closets that are not reached, are reported to standard error; their files stay as
 * they are. Does nothing in another lab. */
#define MIRROR_MOST (64u << 20)
void mirror_refresh(const struct lab *lab);

#endif
