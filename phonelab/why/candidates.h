#ifndef PHONELAB_WHY_CANDIDATES_H
#define PHONELAB_WHY_CANDIDATES_H

#include "base/ladder.h"
#include "phonelab/why/engine.h"

/* Conditions that several tables of candidates use. */

/* A switch or a trunk on the way does not forward as it must. */
#define SWITCH_BROKEN                                                                                        \
	"walk.port_shut|walk.port_err_disabled|walk.no_link|walk.vlan_missing|walk.vlan_not_active|"         \
	"walk.access_vlan|walk.not_trunk|walk.trunk_lacks_vlan|walk.native_mismatch|walk.snooping_"          \
	"untrusted|"                                                                                         \
	"walk.no_server_in_vlan"

/* A node on the way does not forward, or has no way back. */
#define ROUTE_BROKEN                                                                                         \
	"walk.interface_down|walk.address_missing|walk.address_wrong|walk.mask_wrong|walk.no_route|"         \
	"walk.no_route_back|walk.route_wrong|walk.blackhole|walk.not_forwarding|walk.rp_filter|walk.filter|" \
	"walk.address_duplicate"

/* Two devices have one address. */
#define CONFLICT "walk.arp_conflict|probe.arp.conflict[who=phone]"

/* The program that should answer does not. */
#define SERVER_BROKEN                                                                                        \
	"walk.no_listener|walk.listener_elsewhere|walk.process_stopped|walk.process_paused|"                 \
	"walk.worker_missing|walk.worker_paused"

#define PATH_BROKEN SWITCH_BROKEN "|" ROUTE_BROKEN "|" CONFLICT "|" SERVER_BROKEN

/* The phone's own port, or what it has learned there. */
#define PORT_BROKEN                                                                                          \
	"port.shut|port.err_disabled|port.mac_violation|port.voice_vlan|port.vlan_not_learned|link.flaps|"   \
	"port.trunk|port.no_link|port.unplugged|port.security_excludes"

/* A server has answered at this step: the way to it is open. */
#define FILE_ANSWERED                                                                                        \
	"file.http_status[now]|file.unusable[now]|file.tftp_error[now]|file.missing[now]|file.other_"        \
	"address[now]"

/* No server has answered at this step. */
#define FILE_UNANSWERED                                                                                      \
	"file.silent[now]|file.unreachable[now]|file.refused[now]|file.mute[now]|file.stalled[now]|"         \
	"file.reset[now]|file.closed[now]|file.slow[now]|file.truncated[now]"

/* The DHCP exchange went wrong in spite of an answer. */
#define DHCP_ANSWERED "dhcp.no_tftp|dhcp.nak|dhcp.decline|dns.unknown|dhcp.offer_unusable|dhcp.late"

#endif
