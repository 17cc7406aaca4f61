#ifndef PHONELAB_LAB_PROBE_SIP_H
#define PHONELAB_LAB_PROBE_SIP_H

#include "phonelab/lab/probe_internal.h"

/* The SIP messages of a check: OPTIONS, and a REGISTER without Contact, which asks for the bindings and changes none (RFC
 * 3261 10.2.3). */

/* Append OPTIONS or the REGISTER to the request of the check, which has its port. */
void probe_sip_write(struct probe_check *check, bool register_too);

/* Read a message and set status or register_status of the result. True if it was a final answer. */
bool probe_sip_read(struct probe_check *check, const void *data, size_t length);

#endif
