/* Causes that the frames of a capture show, and nothing else does. */
#include "phonelab/why/engine.h"

#define REGISTERED 11 /* the last step on the way to a registration */

const struct why_candidate why_candidates_capture[] = {
    {.id = "capture-address-conflict",
     .first = 4,
     .last = REGISTERED,
     .fact = "capture.arp_conflict",
     .rank = WHY_MEASURED,
     .cause = "Two devices have the address {address}[[, the {role}'s]]: {first} and {second}."},
    {.id = "capture-large-lost",
     .first = 5,
     .last = REGISTERED,
     .fact = "capture.large_lost",
     .rank = WHY_MEASURED,
     .cause = "Large packets from {server} do not reach the phone, smaller ones do: an MTU on the path."},
    {.id = "capture-icmp",
     .first = 4,
     .last = REGISTERED,
     .fact = "capture.icmp_unreachable",
     .must_not = {"capture.large_lost"},
     .rank = WHY_INFERRED,
     .cause = "{by} reports that it cannot deliver packets to {to}: {reason}."},
    {.id = "capture-icmp-port",
     .first = 5,
     .last = REGISTERED,
     .fact = "capture.icmp_port",
     .rank = WHY_INSPECTED,
     .cause = "No program listens at {to} on {transport} port {port}, where the phone sends its requests: {by} "
	      "answers with ICMP port unreachable."},
    {.id = "capture-loss",
     .first = 4,
     .last = REGISTERED,
     .fact = "capture.loss",
     .must_not = {"capture.large_lost"},
     .rank = WHY_INFERRED,
     .cause = "Frames are lost: {percent} % of the TCP segments were sent again or are missing."},
    {0},
};
