#ifndef PHONELAB_WHY_PROBES_H
#define PHONELAB_WHY_PROBES_H

#include "phonelab/client/client.h"
#include "phonelab/why/why.h"

/*
 * Measured now: what the phone needs of the network and of its servers, tried from the phone's namespace, and the same from
 * a peer: a phone that is registered now. Takes up to two seconds. Nothing at a server, a switch or the phone changes: no
 * lease, no registration, no file. Events probe.begin and probe.end (docs/formats.md) tell what was sent and how to know it
 * in a log or a capture.
 *
 * The facts of the attempt, if they are in the list already, tell the transport of SIP. Appends facts whose names begin with "probe." (docs/why.md lists them). Each has values.who: "phone" or "peer", and
 * values.name: the device.
 */
void why_probe_facts(const struct why_case *it, const struct lab *lab, json_t *facts);

#endif
