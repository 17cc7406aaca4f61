#ifndef PHONELAB_WEB_SHAPE_H
#define PHONELAB_WEB_SHAPE_H

#include <jansson.h>

/*
 * The board: what the page shows of a lab, as one JSON object of objects, so that a change of it is a JSON merge patch
 * (RFC 7386: a member replaces the one of that name, null removes it). Lists are replaced as a whole.
 *
 *   lab       {name, phones, lost}
 *   phones    SEP... -> the phone as in `status --json`, except that steps is {"4": [state, ms, detail]}, and with
 *             `standing`: registered, word, partly, failed, busy or dark
 *   switches  sw1 -> {poe, external, silent, ports: {"Gi1/0/1": {...}}}
 *   cluster   cucm-pub -> {role, address, registered (a number), error}
 *   servers   "tftp 10.20.0.3" -> {name, node, kind, address, state}
 *   faults    when a fault was last applied or reverted (the time of the event), if one was since the first board
 *   notes     texts: programs that died, simulators that do not answer
 */

/* The board of a status object; new. NULL without memory. */
json_t *web_shape(const json_t *status);

/* What a line of the event stream changes at once, before the status is asked again: a step of a phone of the board, or
 * that a fault was applied or reverted. A merge patch (new), or NULL: nothing. */
json_t *web_shape_event(const json_t *board, const json_t *event);

/* The merge patch from one board to the next; new. NULL if they are the same, or without memory. */
json_t *web_patch(const json_t *from, const json_t *to);

#endif
