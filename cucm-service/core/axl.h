#ifndef CUCM_SERVICE_CORE_AXL_H
#define CUCM_SERVICE_CORE_AXL_H

#include <jansson.h>

#include "base/text.h"
#include "cucm-service/core/soap.h"
#include "cucm-service/core/table.h"

/*
 * AXL, the administration of the device table by SOAP: a subset. Reading is answered from the table. A change becomes a request
 * to the lab (the verb `device` of lab.sock), a query of SQL a statement on the publisher's database; the caller carries them
 * out and hands the result back. Any version of the API is accepted, and answered with the same version.
 */
#define AXL_REPLY_MOST (8u << 20) /* octets of a reply; more is a fault, as in CUCM */

/* Codes of axlError. */
#define AXL_CODE_GENERAL   (-1)
#define AXL_CODE_DUPLICATE (-239)
#define AXL_CODE_NOT_FOUND 5007

enum axl_next {
	AXL_DONE,   /* the reply is complete */
	AXL_CHANGE, /* carry out `change`, then call axl_changed() */
	AXL_QUERY,  /* run `sql`, then call axl_rows() */
};

struct axl_operation;

/* One call. */
struct axl {
	struct soap *soap; /* borrowed */
	const struct table *table;
	const struct axl_operation *operation;
	char version[16];
	char uuid[TABLE_UUID]; /* of what is changed */
	json_t *change;	       /* owned */
	char *sql;	       /* owned */
	bool fault;	       /* the reply is a fault: HTTP 500 */
	bool failed;	       /* memory was short: neither change nor reply is whole */
	struct text ignored;   /* elements of the request that the lab does not model, with commas */
	struct text *reply;
};

/* Answer the call, or say what is needed. reply is empty. Free with axl_free in each case. */
enum axl_next axl_begin(struct axl *axl, struct soap *soap, const struct table *table, struct text *reply);

/* The change is done (err 0), or was refused: -ENOENT, -EEXIST, -EINVAL .., with the reason. */
void axl_changed(struct axl *axl, int err, const char *why);

/* The rows of the query: a list of objects whose members are columns in order; NULL: it failed, with the reason. */
void axl_rows(struct axl *axl, const json_t *rows, const char *why);

void axl_free(struct axl *axl);

/* --- within axl --- */

typedef enum axl_next axl_fn(struct axl *axl);
axl_fn axl_get_phone, axl_list_phone, axl_get_line, axl_list_line, axl_add_phone, axl_update_phone,
    axl_control_phone, axl_add_line, axl_query, axl_device_reset, axl_version;

/* Answer with a fault. AXL_DONE. */
enum axl_next axl_fault(struct axl *axl, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The reply: <OPERATIONResponse><return>, and its end. */
void axl_open(struct axl *axl);
enum axl_next axl_close(struct axl *axl);

/* The same for a reply that is one text. */
enum axl_next axl_return(struct axl *axl, const char *value);

/* Append an element that names another object (an XFkType): its text and its UUID, or neither. */
void axl_put_key(struct text *text, const char *name, const char *kind, const char *value);

/* Does a request mean that UUID? It may stand in braces and in either case. */
bool axl_same_uuid(const char *given, const char *uuid);

/* The device of the request, by name or uuid; NULL with the fault written. */
const struct table_device *axl_device(struct axl *axl);

/* skip and first of a list request: how many objects to leave out, and how many to return at most. */
void axl_window(struct axl *axl, size_t *skip, size_t *first);

/* Is this tag wanted? All are if the request has no returnedTags. */
bool axl_wants(const struct axl *axl, const char *tag);

/* The settings in the children of an element (axl_settings.c): a new object. NULL with the fault written, or with
 * axl->failed noted. */
json_t *axl_settings(struct axl *axl, const xmlNode *node);

/* addLines and removeLines of the request change the lines that the device has: sets `line`. 0, or -1 with the fault written. */
int axl_change_lines(struct axl *axl, const struct table_device *device, json_t *set);

/* The element `lines` becomes settings. 0, or -1 with the fault written. */
int axl_set_lines(struct axl *axl, const xmlNode *element, json_t *set);

/* Put a member, which is consumed; notes axl->failed if memory is short. */
void axl_put(struct axl *axl, json_t *object, const char *key, json_t *value);

/* Put a setting. 0, or -1 with the fault written. */
int axl_put_text(struct axl *axl, json_t *set, const char *key, const char *value);

/* Is it an element of a phone that the lab does not model, or that is the same for every phone of the lab? It is accepted, and the
 * log lists it. */
bool axl_unmodelled(const char *name);

#endif
