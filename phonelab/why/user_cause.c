/* Which cause can lie with a server of the user, by the broken step. */
#include "phonelab/why/user_internal.h"

#include "base/ladder.h"

bool why_user_cause(const struct why_case *it, struct why_user *found)
{
	*found = (struct why_user){0};
	if (!json_array_size(json_object_get(it->status, "user_servers")) || !it->exchanges)
		return false;
	switch (it->step) {
	case 0: return user_of_failover(it, found) || user_of_number(it, found);
	case LADDER_POWER:
	case LADDER_BOOT:
	case LADDER_VOICE_VLAN: return false;
	case LADDER_DHCP: return user_of_dhcp(it, found);
	case LADDER_CM_CONNECT: return user_of_default(it, found) || user_of_connection(it, found);
	case LADDER_REGISTER:
		return user_of_witness(it, found) || user_of_partly(it, found) ||
		       user_of_default(it, found) || user_of_register(it, found);
	default: return user_of_files(it, found);
	}
}
