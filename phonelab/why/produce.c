#include "phonelab/why/produce.h"

#include "phonelab/why/walk.h"

json_t *why_produce(const struct why_case *it, const json_t *model)
{
	json_t *facts = json_array();

	why_walk_facts(it, model, facts);
	return facts;
}
