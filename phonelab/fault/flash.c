/* The flash of the phones that a fault affects. */
#include "phonelab/fault/place.h"

#include "base/control.h"
#include "base/json_text.h"
#include "phonelab/lab/plan.h"

static int erase(const char *phone, struct fail *fail)
{
	return fault_tell(PLAN_RACK_SOCKET, json_pack("{s:s,s:s}", "do", "erase", "node", phone), fail);
}

int fault_erase(const struct fault_place *place, struct fail *fail)
{
	json_t *status, *phone;
	size_t i;
	int err;

	if (place->fault->scope <= FAULT_PORT)
		return *fault_var(place, "phone") ? erase(fault_var(place, "phone"), fail) : 0;
	status = control_ask(PLAN_RACK_SOCKET, json_pack("{s:s}", "do", "status"), FAULT_ASK_MS, NULL, fail);
	err = status ? 0 : fail->err;
	json_array_foreach (json_object_get(status, "phones"), i, phone)
		err = err ? err : erase(json_text(phone, "name"), fail);
	json_decref(status);
	return err;
}
