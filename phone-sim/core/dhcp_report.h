#ifndef PHONE_SIM_CORE_DHCP_REPORT_H
#define PHONE_SIM_CORE_DHCP_REPORT_H

#include "phone-sim/core/dhcp_client.h"

/* The events of step 4 about messages of DHCP servers (docs/formats.md). */

/* `dhcp.offer` of client->offer; `dhcp.ack` of client->lease, with the notes of step 4. */
void dhcp_report_offer(struct phone *phone);
void dhcp_report_ack(struct phone *phone);

/* `dhcp.bad`: an OFFER or ACK (type) that the phone cannot use. */
void dhcp_report_refused(struct phone *phone, const char *type, uint32_t server, const char *why);

/* `dhcp.other`, once per transaction: the OFFER of another server than the one that the phone has chosen. Does nothing
 * for another message. */
void dhcp_report_other(struct phone *phone, const struct dhcp_message *message);

/* Note a transaction that the phone gives up; xid 0: none. */
void dhcp_remember(struct dhcp_earlier *earlier, uint32_t xid, uint64_t started_us);

/* `dhcp.late`: the message answers a transaction that the phone has given up. False, without an event, if it does not. */
bool dhcp_report_late(struct phone *phone, const struct dhcp_message *message);

#endif
