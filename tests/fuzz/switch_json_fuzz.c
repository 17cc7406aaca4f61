/* Any switch.json; a file that is accepted makes a switch. */
#include <assert.h>
#include <string.h>

#include "switch-sim/driver/switch_file.h"
#include "tests/fuzz/support/input_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, const struct switch_action *action)
{
	(void)arg;
	if (action->kind == SWITCH_ACTION_EVENT)
		json_decref(action->event.evidence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct switch_file file;
	struct switch_core *core;
	struct fail fail = {0};

	if (switch_file_read(&file, input_file(0, data, size), &fail)) {
		assert(fail.err < 0 && fail.text[0]);
		return 0;
	}
	/* Many ports take long to make, and all are alike. */
	if (switch_config_ports(&file.config) <= 512 &&
	    !switch_core_new(&core, &file.config, 0, ignore, NULL, &fail)) {
		json_decref(switch_core_status(core, 0));
		switch_core_free(core);
	}
	switch_file_free(&file);
	return 0;
}
