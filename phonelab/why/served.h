#ifndef PHONELAB_WHY_SERVED_H
#define PHONELAB_WHY_SERVED_H

/* The files that the phones request from the TFTP service. */

/* Where they are, below the run directory. */
#define SERVED_ROOT "tftp/root/"

/* The step at which phones request a file of that name (base/ladder.h). */
int served_step(const char *name);

/* "SEP001122AABB01.cnf.xml" of "SEP001122AABB01.cnf.xml.sgn"; other names are unchanged. Returns plain. */
const char *served_plain(const char *name, char plain[160]);

#endif
