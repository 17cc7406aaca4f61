#ifndef CUCM_SERVICE_DRIVER_CAPF_TABLE_H
#define CUCM_SERVICE_DRIVER_CAPF_TABLE_H

#include "base/fail.h"
#include "cucm-service/core/capf_session.h"

/* The tables device and capf of the publisher's database, as far as the CAPF reads them. */
struct capf_table;

/* The words of the column `operation`, in the order of enum capf_operation; NULL at the end. */
extern const char *const capf_table_operations[];

/* path: cucm.sqlite of the publisher. 0 or a negative errno with the reason. */
int capf_table_open(struct capf_table **table, const char *path, struct fail *fail);
void capf_table_close(struct capf_table *table); /* NULL is legal */

/* The row of a device, as it is now. string receives its authentication string and model its model ("8861"). 0; -ENOENT if the
 * table has no such device; or another negative errno with the reason. */
#define CAPF_TABLE_TEXT 64
int capf_table_find(struct capf_table *table, const char *name, struct capf_device *device,
		    char string[CAPF_TABLE_TEXT], char model[CAPF_TABLE_TEXT], struct fail *fail);

#endif
