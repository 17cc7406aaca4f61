/* Any scenario. A topology is beside it: "topology: 901". */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/client/client.h"
#include "phonelab/scenario/scenario.h"
#include "tests/fuzz/support/input_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char topology[] = "vlans:\n"
			       "  - {id: 110, name: VOICE, subnet: 10.110.0.0/24}\n"
			       "switches:\n"
			       "  - {name: sw1, voice_vlan: 110}\n"
			       "servers:\n"
			       "  - {name: dhcp, kind: dhcp}\n"
			       "  - {name: tftp, kind: tftp}\n"
			       "cluster:\n"
			       "  nodes: [{name: cucm}]\n"
			       "phones:\n"
			       "  - {model: 7841, count: 2}\n";

/* No lab is asked while a scenario is read. */
json_t *client_call(const struct lab *lab, const char *socket, json_t *request, int timeout_ms, int *fd,
		    struct fail *fail)
{
	(void)lab, (void)socket, (void)request, (void)timeout_ms, (void)fd, (void)fail;
	abort();
}

json_t *client_status(const struct lab *lab, struct fail *fail)
{
	(void)lab, (void)fail;
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct complaints complaints = {0};
	struct scenario *scenario;

	input_file(1, topology, sizeof(topology) - 1);
	scenario = scenario_read(input_file(0, data, size), &complaints);
	assert(!scenario == (complaints.n > 0));
	free(complaints_text(&complaints));
	scenario_free(scenario);
	return 0;
}
