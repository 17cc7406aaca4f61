#ifndef PHONELAB_WHY_PROBES_SUBJECT_H
#define PHONELAB_WHY_PROBES_SUBJECT_H

#include "phonelab/why/probes_internal.h"

/* Only for probes_facts*.c. */

/* A check with its result, from which facts are made. */
struct probes_subject {
	const struct probes *probes;
	const json_t *check;
	json_t *facts;
	const char *phone, *address; /* the place's name, and the address that was asked */
	char object[100];	     /* of the next facts */
	char node[80];		     /* that has the address; "" if none is known */
};

/* Append a fact about the object of the subject. */
json_t *probes_add(const struct probes_subject *subject, const char *name, const char *text);

/* Let the object be the socket: "socket tftp udp 69". */
void probes_set_port(struct probes_subject *subject, const char *protocol, long long port);

/* The place of the check in the plan. */
const json_t *probes_place(const struct probes_subject *subject);

/* The facts of each kind. checks: all of the run. */
void probes_arp_facts(struct probes_subject *subject);
void probes_icmp_facts(struct probes_subject *subject, const json_t *checks);
void probes_dhcp_facts(struct probes_subject *subject);
void probes_http_facts(struct probes_subject *subject);
void probes_sip_facts(struct probes_subject *subject);
void probes_tftp_facts(struct probes_subject *subject);
void probes_dns_facts(struct probes_subject *subject);

/* The fact of a connection, whose object is the socket. False: there is no connection, and no more to state. */
bool probes_tcp_fact(const struct probes_subject *subject);

#endif
