/* Any file, as each of the six kinds: what decodes is encoded, reads back without a warning, and is then written as
 * before. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "wire/phonexml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char bytes[1 << 20], again[1 << 20];

#define CHECK(type, kind)                                                                                    \
	do {                                                                                                 \
		static struct type config;                                                                   \
		static struct phonexml_error error;                                                          \
		ssize_t length;                                                                              \
		int err;                                                                                     \
		if (phonexml_##kind##_decode(data, size, &config, &error) < 0) {                             \
			assert(error.element[0] && error.found[0] && error.expected[0]);                     \
			break;                                                                               \
		}                                                                                            \
		length = phonexml_##kind##_encode(&config, bytes, sizeof(bytes));                            \
		assert(length > 0);                                                                          \
		err = phonexml_##kind##_decode(bytes, (size_t)length, &config, &error);                      \
		if (err == -EFBIG)                                                                           \
			break; /* a dial template is longer with line feeds */                               \
		assert(err == 0 && config.unknown == 0 && error.warnings == 0);                              \
		assert(phonexml_##kind##_encode(&config, again, sizeof(again)) == length);                   \
		assert(memcmp(bytes, again, (size_t)length) == 0);                                           \
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
