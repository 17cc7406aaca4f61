/* Any file of faults. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/fault/fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct complaints complaints = {0};
	struct fault_set *set = fault_set_parse((const char *)data, size, "faults.yaml", &complaints);

	assert(!set == (complaints.n > 0));
	for (size_t i = 0; set && i < set->n; i++) {
		const struct fault *fault = &set->faults[i];

		assert(fault->id && fault_find(set, fault->id) == fault);
		assert(fault_layer_name(fault));
		assert(!fault_suggest(set, fault->id) || fault_suggest(set, fault->id)[0]);
	}
	free(complaints_text(&complaints));
	fault_set_free(set);
	return 0;
}
