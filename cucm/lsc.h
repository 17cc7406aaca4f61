#ifndef CUCM_LSC_H
#define CUCM_LSC_H

#include "base/fail.h"

/* The LSC of a phone as the cluster knows it: keys/phones/SEP<MAC>.lsc.crt (PEM) of the run directory. The phone has its key. */

/* Store a certificate (PEM), after a check that it is one for this device. 0; -EINVAL, or another negative errno, with the
 * reason. */
int cucm_lsc_write(const char *directory, const char *device, const char *pem, struct fail *fail);

/* Remove it; a missing file is legal. */
int cucm_lsc_remove(const char *directory, const char *device, struct fail *fail);

#endif
