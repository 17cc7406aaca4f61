/* Any bytes as an answer of a name server: the result stays within its bounds, and the name of the question can be asked for. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_error error = {0};
	struct dns_reply reply;
	uint8_t query[DNS_QUERY_MAX];
	int err = dns_decode_reply(data, size, &reply, &error);
	ssize_t length;

	assert(err == 0 || err == -EBADMSG);
	assert(memchr(reply.name, 0, sizeof(reply.name)));
	assert(reply.count <= DNS_ADDRESSES_MAX && reply.rcode < 16);
	if (err)
		assert(error.what && error.offset <= size);
	length = dns_encode_query(reply.id, reply.name, query, sizeof(query));
	assert(length == -EINVAL || (length > 12 && (size_t)length <= sizeof(query)));
	return 0;
}
