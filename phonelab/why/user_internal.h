#ifndef PHONELAB_WHY_USER_INTERNAL_H
#define PHONELAB_WHY_USER_INTERNAL_H

#include "phonelab/why/user.h"

/* Only for user_*.c. */

/* --- user_sentence.c --- */

/* Append to the cause. */
void user_add(struct why_user *found, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begin the cause with the name of the server. Returns true. */
bool user_blame(struct why_user *found, const json_t *server, const struct why_exchange *asked);

/* "GET /X, 3 times: no answer", "GET /X answered 404 Not Found (after 2 ms)" */
void user_add_exchange(struct why_user *found, const struct why_exchange *asked);

/* "; the phone needs ..." */
void user_add_need(struct why_user *found, int step);

/* The whole cause about one request. Returns true. */
bool user_about(const struct why_case *it, struct why_user *found, const json_t *server,
		const struct why_exchange *asked);

/* Is it the address of a server or call manager of the lab, or of the user? */
bool user_address_is_known(const struct why_case *it, const char *address);

/* Its port is shut down: a rule about the switch names that. */
bool user_port_is_shut(const struct why_case *it, const json_t *server);

/* The user's server that gave the configuration, and *config the request; NULL: another server. */
const json_t *user_files_of(const struct why_case *it, const struct why_exchange **config);

/* --- user_dhcp.c --- */

bool user_of_dhcp(const struct why_case *it, struct why_user *found);

/* The phone reaches no server at `asked`: is that what the user's DHCP server has answered? */
bool user_of_lease(const struct why_case *it, struct why_user *found, const struct why_exchange *asked);

/* --- user_files.c --- */

bool user_of_files(const struct why_case *it, struct why_user *found);

/* The request that decides about a step: of the phone's own file if that has failed, an answer before silence, HTTP before
 * TFTP. NULL: all were answered well. */
const struct why_exchange *user_file_asked(const struct why_case *it, int step);

/* A number that the topology or the scenario does not expect. */
bool user_of_number(const struct why_case *it, struct why_user *found);

/* The number in the file of found->asked, if the topology gives the phone another one. */
bool user_add_number(const struct why_case *it, struct why_user *found, const char *number);

/* The directory numbers that the topology gives the phone, "" if it gives none; is the number one of them? */
void user_numbers(const json_t *phone, char text[120]);
bool user_has_number(const json_t *phone, const char *number);

/* Only the default file could be had: the phone has no line. */
bool user_of_default(const struct why_case *it, struct why_user *found);

/* --- user_manager.c --- */

bool user_of_connection(const struct why_case *it, struct why_user *found);
bool user_of_register(const struct why_case *it, struct why_user *found);

/* The phone reports a registration, and the user's command does not. */
bool user_of_witness(const struct why_case *it, struct why_user *found);
bool user_of_partly(const struct why_case *it, struct why_user *found);

/* The phone is registered, but the first call manager of the topology, the user's, has not taken it. */
bool user_of_failover(const struct why_case *it, struct why_user *found);

#endif
