#ifndef PHONELAB_LAB_PROBE_H
#define PHONELAB_LAB_PROBE_H

#include <jansson.h>
#include <stddef.h>

#include "base/fail.h"

/*
 * Measurements from the network namespaces of phones: small requests that change nothing at a server, all at once; and, with
 * taps, where the frames of these requests pass.
 *
 * The plan:
 *   places  [{"name","netns","mac","address","vlan"}]: where requests come from. address "" : only ARP and DHCP.
 *           vlan: of the tag on eth0; 0: none
 *   taps    [{"netns"}]: namespaces in which frames are counted
 *   checks  [{"place","kind","address", .., "path"}]; path: the interfaces from the place to the far end, in the order in
 *           which a request passes: [{"tap","interface","out"}]; out: the frame leaves the namespace there
 * netns is an index of the descriptors. Kinds, and what is added to a check as its result:
 *   arp   sender (text, "0.0.0.0": a probe of RFC 5227)    macs (of those that answer), answer_ms (of the first);
 *         with a path also far_mac (of its last interface) and entered ([{"mac","tap","interface"}]: answers that came in
 *         beside the path)
 *   icmp  size (octets of data), count                     sent, received, min_us, median_us, max_us, error
 *   tcp   port                                             result, ms
 *   http  port, method, file                               also status, location, encoding, type, length, octets, first
 *   sip   port, transport, user, domain                    also status, reason, register_status, register_reason
 *   tftp  file                                             result, from, octets, first, code, message, ms
 *   dns   name                                             result, code, answer, ms
 *   resolve                                                (sends nothing: with taps, the ARP packets that each node of the
 *                                                          path broadcasts, or sends to the next one)
 *   dhcp  vlan                                             offers: [{"server","from","address","router","option150",
 *                                                          "tftp_name","dns","lease","ms"}]
 * result: "ok", "refused", "reset", "closed", "silent", "unreachable" or "error"; of tftp and dns "ok" is any usable answer.
 * HTTP and SIP: "silent" with "connected" true: the connection was made, no answer came.
 * Each check also gets "mark": client port, ICMP identifier or xid, by which its frames are known.
 *
 * traces of the result: see probe_trace.h.
 */
#define PROBE_MS     1500 /* the hard limit of a run */
#define PROBE_AGENT  "phonelab-why"
#define PROBE_CHECKS 128
#define PROBE_PLACES 4
#define PROBE_TAPS   64
#define PROBE_PATH   32

/* Run the plan, in a process that is in the user namespace of the lab and does nothing else any more: it stays in one of the
 * namespaces. *result: {"checks","traces","dropped"}; dropped: frames that the taps could not count. 0, or a negative errno
 * with the reason. */
int probe_run(const json_t *plan, const int *netns, size_t count, json_t **result, struct fail *fail);

#endif
