#ifndef PHONELAB_LAB_STATUS_READ_H
#define PHONELAB_LAB_STATUS_READ_H

#include <jansson.h>
#include <stdbool.h>

/* Reading the object that status_assemble() makes and `status --json` prints. Everything returned is borrowed from it.
 * client_status() asks a running lab for it. */

/* The entry of a list ("phones", "unanswered") with that name, or NULL. */
const json_t *status_read_named(const json_t *status, const char *list, const char *name);

/* The device name of a phone that a user gives as a device name (any case), a MAC, or a directory number that the phone
 * displays or that is configured for it. NULL if no phone fits. */
const char *status_read_find(const json_t *status, const char *text);

/* Is the phone registered, by its own report and by the call manager's table? */
bool status_read_registered(const json_t *phone);

/* Is the phone registered by its own report, and no other witness exists? This is so with a call manager of the user
 * for which the topology has no `registered` command. */
bool status_read_by_word(const json_t *phone);

/* Does the phone use its stored configuration? */
bool status_read_stored(const json_t *phone);

/* Is the phone partly registered: the registrar has bound its primary line only? This is final: the phone asks for its
 * other lines once. */
bool status_read_partly(const json_t *phone);

/* The first step of the phone that is neither done nor skipped; NULL if there is none. */
const json_t *status_read_open_step(const json_t *phone);

/* A sentence about the events that are missing in events.jsonl (base/event_log.h). False if none is missing. */
bool status_read_lost(const json_t *status, char text[160]);

/* "closet1: not reached for 12 s: the connection has ended", for an entry of `closets`. */
#define STATUS_SILENCE 600
void status_read_silence(const json_t *closet, char text[STATUS_SILENCE]);

#endif
