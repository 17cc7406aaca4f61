/* Any file, as each of the six kinds: what decodes is encoded, and reads back. */
#include <assert.h>
#include <string.h>

#include "wire/phonexml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char bytes[1 << 18];

#define CHECK(type, kind)                                                                                    \
	do {                                                                                                 \
		static struct type first, second;                                                            \
		struct phonexml_error error;                                                                 \
		ssize_t length;                                                                              \
		if (phonexml_##kind##_decode(data, size, &first, &error) < 0) {                              \
			assert(error.element[0] && error.found[0] && error.expected[0]);                     \
			break;                                                                               \
		}                                                                                            \
		length = phonexml_##kind##_encode(&first, bytes, sizeof(bytes));                             \
		if (length < 0)                                                                              \
			break; /* a tab or line feed within a text is read, and not written */               \
		assert(phonexml_##kind##_decode(bytes, (size_t)length, &second, &error) == 0);               \
		assert(second.unknown == 0);                                                                 \
		second.unknown = first.unknown;                                                              \
		assert(memcmp(&first, &second, sizeof(first)) == 0);                                         \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CHECK(phonexml_default, default);
	CHECK(phonexml_soft_keys, soft_keys);
	CHECK(phonexml_dial_template, dial_template);
	CHECK(phonexml_app_rules, app_rules);
	CHECK(phonexml_rings, rings);
	CHECK(phonexml_config, config);
	return 0;
}
