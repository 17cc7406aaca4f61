#include "phonelab/why/probes_internal.h"

void probes_trace_facts(const json_t *plan, const json_t *result, json_t *facts)
{
	(void)plan;
	(void)result;
	(void)facts;
}
