#ifndef CABLE_PANEL_BODY_H
#define CABLE_PANEL_BODY_H

#include <jansson.h>

#include "cable/panel_msg.h"

/* The bodies of panel messages, one decoder and one encoder a kind. Used by panel_msg.c only. */

/* Fill the member of msg that belongs to its kind from a JSON object; -EBADMSG with the reason. */
typedef int panel_body_decode(struct panel_msg *msg, const json_t *body, struct fail *fail);

/* The body as a new JSON object; NULL if it cannot be encoded (invalid UTF-8, an enum out of range). */
typedef json_t *panel_body_encode(const struct panel_msg *msg);

panel_body_decode panel_decode_plug, panel_decode_draw, panel_decode_plugged, panel_decode_refused,
    panel_decode_power, panel_decode_link;
panel_body_encode panel_encode_plug, panel_encode_draw, panel_encode_plugged, panel_encode_refused,
    panel_encode_power, panel_encode_link;

#endif
