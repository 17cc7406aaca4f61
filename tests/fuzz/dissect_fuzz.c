/* Frames in a row (each behind its length in two bytes), through one context. */
#include <assert.h>
#include <string.h>

#include "wire/dissect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dissect_context *context = dissect_new();
	static struct dissect out;

	while (context && size >= 2) {
		size_t length = (size_t)(data[0] & 0x0f) << 8 | data[1];
		bool cut = data[0] & 0x80;

		data += 2;
		size -= 2;
		if (length > size)
			length = size;
		dissect_frame(context, data, length, cut, &out);
		assert(out.protocol && out.step >= 0 && out.step <= 14 && out.fields <= DISSECT_FIELDS_MAX);
		assert(out.malformed == (out.error[0] != '\0'));
		assert(!(cut && out.malformed));
		for (unsigned i = 0; i < out.fields; i++) {
			assert(strlen(out.field[i].value) <= DISSECT_VALUE_MAX);
			for (unsigned j = 0; j < i; j++)
				assert(strcmp(out.field[i].name, out.field[j].name) != 0);
		}
		data += length;
		size -= length;
	}
	dissect_free(context);
	return 0;
}
