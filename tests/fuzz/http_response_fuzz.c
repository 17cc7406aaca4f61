/* Any answer of a web server. The first byte says how the bytes arrive: the result must not depend on it. */
#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/driver/http_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	struct http_response response;
	int end; /* of http_response_read, or of http_response_end */
	size_t length;
	uint64_t sum;
};

static int take(void *arg, const uint8_t *bytes, size_t length)
{
	struct result *result = arg;

	assert(length);
	for (size_t i = 0; i < length; i++)
		result->sum = result->sum * 31 + bytes[i];
	result->length += length;
	return 0;
}

static void read_all(struct result *result, const uint8_t *data, size_t size, size_t piece)
{
	struct evbuffer *input = evbuffer_new();

	assert(input);
	memset(result, 0, sizeof(*result));
	http_response_init(&result->response);
	while (!result->end && size) {
		size_t part = size < piece ? size : piece;

		evbuffer_add(input, data, part);
		data += part;
		size -= part;
		result->end = http_response_read(&result->response, input, take, result);
	}
	if (!result->end)
		result->end = http_response_end(&result->response);
	evbuffer_free(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct result whole, parts;

	if (!size)
		return 0;
	read_all(&whole, data + 1, size - 1, size);
	read_all(&parts, data + 1, size - 1, data[0] % 32 + 1u);
	assert(whole.end == 1 || whole.end == -EBADMSG || whole.end == -EPIPE);
	assert(parts.end == whole.end);
	assert(strlen(whole.response.reason) < sizeof(whole.response.reason));
	if (whole.end != 1)
		return 0;
	assert(whole.response.status >= 0 && whole.response.status <= 999);
	assert(parts.response.status == whole.response.status);
	assert(parts.length == whole.length && parts.sum == whole.sum);
	if (whole.response.length >= 0 && !whole.response.chunked && whole.response.status != 204 &&
	    whole.response.status != 304)
		assert((uint64_t)whole.response.length == whole.length);
	return 0;
}
