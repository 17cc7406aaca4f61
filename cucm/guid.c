#include "cucm/guid.h"

#include <stdint.h>
#include <stdio.h>

#include "base/rng.h"

const char *guid_format(const char *kind, const char *name, char out[GUID_TEXT])
{
	char word[512];
	struct rng rng;
	uint64_t high, low;

	snprintf(word, sizeof(word), "%s/%s", kind, name);
	rng_seed(&rng, 0, word);
	high = rng_next(&rng);
	low = rng_next(&rng);
	snprintf(out, GUID_TEXT, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
		 (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xffff, (unsigned)(low >> 48),
		 (unsigned long long)(low & 0xffffffffffffULL));
	return out;
}
