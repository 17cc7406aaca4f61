#include "cable/panel_msg.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Decoding and encoding of the bodies: panel_body.c. */
#include "cable/panel_body.h"

static const char *const kinds[] = {
    [PANEL_MSG_PLUG] = "plug",	     [PANEL_MSG_DRAW] = "draw",	  [PANEL_MSG_PLUGGED] = "plugged",
    [PANEL_MSG_REFUSED] = "refused", [PANEL_MSG_POWER] = "power", [PANEL_MSG_LINK] = "link",
    [PANEL_MSG_LANE] = "lane",	     [PANEL_MSG_LANED] = "laned",
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *panel_msg_name(enum panel_msg_kind kind)
{
	return (size_t)kind < KINDS ? kinds[kind] : "?";
}

static int decode_root(struct panel_msg *msg, json_t *root, struct fail *fail)
{
	struct panel_msg decoded;
	const char *key;
	json_t *body;

	if (!json_is_object(root) || json_object_size(root) != 1)
		return fail_set(
		    fail, -EBADMSG,
		    "panel message: expected an object with one member, such as {\"plug\":{...}}");
	key = json_object_iter_key(json_object_iter(root));
	body = json_object_iter_value(json_object_iter(root));
	for (size_t i = 0; i < KINDS; i++) {
		int err;

		if (strcmp(key, kinds[i]))
			continue;
		memset(&decoded, 0, sizeof(decoded));
		decoded.kind = (enum panel_msg_kind)i;
		if (!json_is_object(body))
			return fail_set(fail, -EBADMSG, "panel message %s: expected an object", key);
		err = panel_body_decode(&decoded, body, fail);
		if (err)
			return fail_prefix(fail, err, "panel message %s", kinds[i]);
		*msg = decoded;
		return 0;
	}
	return fail_set(
	    fail, -EBADMSG,
	    "panel message '%.40s': expected plug, draw, lane, plugged, refused, power, link or laned", key);
}

int panel_msg_decode(struct panel_msg *msg, const void *bytes, size_t length, struct fail *fail)
{
	json_error_t error;
	json_t *root;
	int err;

	if (length > PANEL_MSG_MAX)
		return fail_set(fail, -EBADMSG, "panel message of %zu octets: expected at most %d", length,
				PANEL_MSG_MAX);
	root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return fail_set(fail, -EBADMSG, "panel message is not JSON: %s at octet %d", error.text,
				error.position);
	err = decode_root(msg, root, fail);
	json_decref(root);
	return err;
}

ssize_t panel_msg_encode(const struct panel_msg *msg, char *buffer, size_t size)
{
	struct panel_msg check;
	struct fail ignored = {0};
	json_t *body, *root;
	size_t length;
	int err;

	if ((size_t)msg->kind >= KINDS)
		return -EINVAL;
	body = panel_body_encode(msg);
	if (!body)
		return -EINVAL;
	root = json_pack("{s:o}", kinds[msg->kind], body);
	if (!root)
		return -ENOMEM;
	/* We do not send what we would refuse. */
	err = decode_root(&check, root, &ignored);
	length = err ? 0 : json_dumpb(root, buffer, size, JSON_COMPACT);
	json_decref(root);
	if (err)
		return -EINVAL;
	if (length == 0 || length > size || length > PANEL_MSG_MAX)
		return -ENOSPC;
	return (ssize_t)length;
}
