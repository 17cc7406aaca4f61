/* How the devices of a node were last lost: the table gone of its script. */
#include "cucm/rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cucm/page.h"

/* "unregistered|13|1764000000|PAGE" or "rejected|13|1764000000|NUMBER|ADDRESS". False if it is neither. */
static bool loss_read(const char *device, const char *value, struct cucm_loss *out)
{
	const char *cause = strchr(value, '|'), *at = cause ? strchr(cause + 1, '|') : NULL;
	const char *page = at ? strchr(at + 1, '|') : NULL;

	if (!page)
		return false;
	*out = (struct cucm_loss){.rejected = !strncmp(value, "rejected|", 9),
				  .cause = (unsigned)strtoul(cause + 1, NULL, 10),
				  .at = strtol(at + 1, NULL, 10)};
	snprintf(out->device, sizeof(out->device), "%.15s", device);
	cucm_page_read(device, page + 1, &out->last);
	return true;
}

static int compare_losses(const void *a, const void *b)
{
	const struct cucm_loss *left = a, *right = b;

	return strcmp(left->device, right->device);
}

int cucm_losses_read(const json_t *table, struct cucm_loss **list, size_t *count, struct fail *fail)
{
	json_t *slot, *item;
	size_t i, j;

	*count = 0;
	*list = calloc(cucm_page_count(table) + 1, sizeof(**list));
	if (!*list)
		return fail_set(fail, -ENOMEM, "out of memory");
	json_array_foreach (table, i, slot) {
		json_array_foreach (json_object_get(slot, "slot"), j, item) {
			const char *device = json_string_value(json_object_get(item, "name"));
			const char *value = json_string_value(json_object_get(item, "value"));

			if (device && value && loss_read(device, value, &(*list)[*count]))
				(*count)++;
		}
	}
	qsort(*list, *count, sizeof(**list), compare_losses);
	if (!*count) {
		free(*list);
		*list = NULL;
	}
	return 0;
}

int cucm_losses(const char *socket, struct cucm_loss **list, size_t *count, int timeout_ms, struct fail *fail)
{
	json_t *params = json_pack("[s]", "gone"), *table = NULL;
	int err;

	*list = NULL;
	*count = 0;
	err = cucm_rpc_call(socket, "htable.dump", params, timeout_ms, &table, fail);
	json_decref(params);
	if (!err)
		err = cucm_losses_read(table, list, count, fail);
	json_decref(table);
	return err;
}

int cucm_lose(const char *socket, const char *device, unsigned cause, const char *number, const char *address,
	      int timeout_ms, struct fail *fail)
{
	char value[160];
	json_t *params;
	int err;

	snprintf(value, sizeof(value), "rejected|%u|%lld|%.63s|%.63s", cause, (long long)time(NULL), number,
		 address);
	params = json_pack("[s, s, s]", "gone", device, value);
	err = cucm_rpc_call(socket, "htable.sets", params, timeout_ms, NULL, fail);
	json_decref(params);
	return err;
}
