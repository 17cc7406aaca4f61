#include "phone-sim/core/models.h"

#include <stddef.h>
#include <string.h>

/* Class and draw: 7821, 7841 and 8865 as in real "show power inline" output, 7832 from its data sheet, the others
 * as their nearest relatives. CUCM's numbers as in loadInformationN of XMLDefault.cnf.xml. */
#define ROW(model, ccm, class, boot, idle, family, jar_file, pc, seconds)                                    \
	{                                                                                                    \
		.name = model, .platform = "Cisco IP Phone " model,                                          \
		.vendor_class = "Cisco Systems, Inc. IP Phone CP-" model, .user_agent = "Cisco-CP" model,    \
		.ccm_model = ccm, .poe_class = class, .boot_mw = boot, .idle_mw = idle,                      \
		.load_family = family, .jar = jar_file, .tones = "g3-tones.xml",                             \
		.ring_list = "Ringlist-wb.xml", .pc_port = pc, .boot_ms = (seconds)*1000,                    \
	}

static const struct phone_model models[] = {
    ROW("7811", 36213, 1, 2100, 3300, "sip78xx", "sp-sip.jar", true, 45),
    ROW("7821", 621, 1, 2100, 3300, "sip78xx", "sp-sip.jar", true, 45),
    ROW("7841", 622, 1, 2300, 3600, "sip78xx", "sp-sip.jar", true, 45),
    ROW("7861", 623, 1, 2300, 3800, "sip78xx", "sp-sip.jar", true, 45),
    ROW("7832", 36247, 2, 3000, 5100, "sip7832", "sp-sip.jar", false, 50),
    ROW("8811", 36217, 2, 3800, 6100, "sip88xx", "sl-be-sip.jar", true, 60),
    ROW("8841", 683, 2, 3900, 6490, "sip88xx", "sl-be-sip.jar", true, 60),
    ROW("8845", 36224, 3, 5200, 9500, "sip8845_65", "sl-bev-sip.jar", true, 70),
    ROW("8851", 684, 4, 5400, 10300, "sip88xx", "sl-be-sip.jar", true, 60),
    ROW("8861", 685, 4, 5600, 11900, "sip88xx", "sl-be-sip.jar", true, 60),
    ROW("8865", 36225, 4, 6300, 14800, "sip8845_65", "sl-bev-sip.jar", true, 70),
    ROW("8832", 36258, 3, 5000, 10100, "sip8832", "sl-be-sip.jar", false, 60),
};

const struct phone_model *phone_model_find(const char *name)
{
	if (!name)
		return NULL;
	if (!strncmp(name, "CP-", 3))
		name += 3;
	for (unsigned i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (!strcmp(models[i].name, name))
			return &models[i];
	return NULL;
}

const struct phone_model *phone_model_at(unsigned i)
{
	return i < sizeof(models) / sizeof(models[0]) ? &models[i] : NULL;
}

#define MS UINT64_C(1000)
#define S  (1000 * MS)

/* Every wait in pace fast and real: fast keeps tries, doubling and jitter, and shortens the unit. */
#define PACES(PACE)                                                                                          \
	PACE(boot_us, 20 * MS, 0)                                                                            \
	PACE(flash_us, 10 * S, 30 * S)                                                                       \
	PACE(cdp_query_us, 250 * MS, 2 * S)                                                                  \
	PACE(cdp_queries, 3, 5)                                                                              \
	PACE(lldp_wait_us, 500 * MS, 5 * S)                                                                  \
	PACE(dhcp_base_us, 500 * MS, 4 * S)                                                                  \
	PACE(dhcp_ceiling_us, 8 * S, 64 * S)                                                                 \
	PACE(dhcp_jitter_us, 125 * MS, 1 * S)                                                                \
	PACE(dhcp_tries, 5, 5)                                                                               \
	PACE(arp_probe_us, 20 * MS, 1500 * MS)                                                               \
	PACE(arp_probes, 3, 3)                                                                               \
	PACE(arp_wait_us, 40 * MS, 2 * S)                                                                    \
	PACE(decline_us, 1 * S, 10 * S)                                                                      \
	PACE(fetch_us, 3 * S, 12 * S)                                                                        \
	PACE(fetch_image_us, 120 * S, 600 * S)                                                               \
	PACE(resolve_us, 2 * S, 10 * S)                                                                      \
	PACE(connect_us, 2 * S, 8 * S)                                                                       \
	PACE(transaction_us, 4 * S, 32 * S)                                                                  \
	PACE(retry_base_us, 500 * MS, 10 * S)                                                                \
	PACE(retry_ceiling_us, 8 * S, 120 * S)                                                               \
	PACE(retry_jitter_us, 200 * MS, 3 * S)                                                               \
	PACE(fallback_poll_us, 3 * S, 30 * S)                                                                \
	PACE(fallback_stable_us, 3 * S, 120 * S)                                                             \
	PACE(fallback_jitter_us, 3 * S, 30 * S)                                                              \
	PACE(restart_us, 100 * MS, 5 * S)

#define FAST(member, fast, real) .member = fast,
#define REAL(member, fast, real) .member = real,

static const struct phone_pace_table paces[] = {
    [PHONE_PACE_FAST] = {PACES(FAST)},
    [PHONE_PACE_REAL] = {PACES(REAL)},
};

const struct phone_pace_table *phone_pace_table(enum phone_pace pace)
{
	return &paces[pace == PHONE_PACE_REAL ? PHONE_PACE_REAL : PHONE_PACE_FAST];
}
