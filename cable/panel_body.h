#ifndef CABLE_PANEL_BODY_H
#define CABLE_PANEL_BODY_H

#include <jansson.h>

#include "cable/panel_msg.h"

/* The bodies of panel messages. Used by panel_msg.c only. */

/* Fill the member of msg that belongs to msg->kind from a JSON object; -EBADMSG with the reason. */
int panel_body_decode(struct panel_msg *msg, const json_t *body, struct fail *fail);

/* The body as a new JSON object; NULL if it cannot be encoded (invalid UTF-8, an enum out of range). */
json_t *panel_body_encode(const struct panel_msg *msg);

#endif
