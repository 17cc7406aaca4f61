/* What a call manager's node may answer: a line for htable.dump (the device pages), the rest for ul.dump (the bindings).
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *result_of(const uint8_t *bytes, size_t size)
{
	struct fail fail = {0};
	json_t *result = NULL;
	int err = cucm_rpc_result("cucm/cucm/rpc", "method", (const char *)bytes, size, &result, &fail);

	assert(err == fail.err && !err == (result != NULL));
	assert(!err || err == -EBADMSG || err == -EPROTO);
	return result;
}

static void check(const struct cucm_registration *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert(strlen(list[i].device) < sizeof(list[i].device));
		assert(strlen(list[i].contact) < sizeof(list[i].contact));
		assert(!i || strcmp(list[i - 1].device, list[i].device) <= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t length = end ? (size_t)(end - data) : size, rest = end ? length + 1 : size;
	json_t *pages = result_of(data, length), *dump = result_of(data + rest, size - rest);
	struct cucm_registration *list = NULL;
	struct fail fail = {0};
	size_t count = 0;

	if (!cucm_registrations_join(pages, dump, &list, &count, &fail)) {
		assert(!count == !list);
		check(list, count);
	}
	free(list);
	json_decref(pages);
	json_decref(dump);
	return 0;
}
