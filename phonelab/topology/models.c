/* The models of switches and phones that a topology may name. */
#include "phonelab/topology/topology.h"

#include <string.h>

#define SWITCH_MODELS(ROW)                                                                                   \
	ROW("C9200-48P", "cisco C9200-48P", "Cisco IOS XE Software, Version 17.09.04", 48, 4, 740000)        \
	ROW("C9200-24P", "cisco C9200-24P", "Cisco IOS XE Software, Version 17.09.04", 24, 4, 370000)        \
	ROW("C9200L-48P", "cisco C9200L-48P-4X", "Cisco IOS XE Software, Version 17.09.04", 48, 4, 740000)   \
	ROW("C9300-48P", "cisco C9300-48P", "Cisco IOS XE Software, Version 17.09.04", 48, 8, 437000)        \
	ROW("C9300-24P", "cisco C9300-24P", "Cisco IOS XE Software, Version 17.09.04", 24, 8, 445000)        \
	ROW("2960X-48FPS", "cisco WS-C2960X-48FPS-L", "Cisco IOS Software, Version 15.2(7)E8", 48, 4,        \
	    740000)                                                                                          \
	ROW("2960X-48LPS", "cisco WS-C2960X-48LPS-L", "Cisco IOS Software, Version 15.2(7)E8", 48, 4,        \
	    370000)                                                                                          \
	ROW("2960X-24PS", "cisco WS-C2960X-24PS-L", "Cisco IOS Software, Version 15.2(7)E8", 24, 4, 370000)

#define PHONE_MODELS(ROW)                                                                                    \
	ROW("7811", 1, "sip78xx.14-2-1-0001-125", "sip78xx.12-8-1-0001-455")                                 \
	ROW("7821", 1, "sip78xx.14-2-1-0001-125", "sip78xx.12-8-1-0001-455")                                 \
	ROW("7832", 2, "sip7832.14-2-1-0001-125", "sip7832.12-8-1-0001-455")                                 \
	ROW("7841", 1, "sip78xx.14-2-1-0001-125", "sip78xx.12-8-1-0001-455")                                 \
	ROW("7861", 1, "sip78xx.14-2-1-0001-125", "sip78xx.12-8-1-0001-455")                                 \
	ROW("8811", 2, "sip88xx.14-2-1-0001-125", "sip88xx.12-8-1-0001-455")                                 \
	ROW("8832", 3, "sip8832.14-2-1-0001-125", "sip8832.12-8-1-0001-455")                                 \
	ROW("8841", 2, "sip88xx.14-2-1-0001-125", "sip88xx.12-8-1-0001-455")                                 \
	ROW("8845", 3, "sip8845_65.14-2-1-0001-125", "sip8845_65.12-8-1-0001-455")                           \
	ROW("8851", 4, "sip88xx.14-2-1-0001-125", "sip88xx.12-8-1-0001-455")                                 \
	ROW("8861", 4, "sip88xx.14-2-1-0001-125", "sip88xx.12-8-1-0001-455")                                 \
	ROW("8865", 4, "sip8845_65.14-2-1-0001-125", "sip8845_65.12-8-1-0001-455")

#define MODEL(...)	      {__VA_ARGS__},
#define MODEL_NAME(name, ...) name,

static const struct topology_switch_model switches[] = {SWITCH_MODELS(MODEL)};
static const struct topology_phone_model phones[] = {PHONE_MODELS(MODEL)};

const char *const topology_switch_model_names[] = {SWITCH_MODELS(MODEL_NAME) NULL};
const char *const topology_phone_model_names[] = {PHONE_MODELS(MODEL_NAME) NULL};

const struct topology_phone_model *topology_phone_model_at(size_t i)
{
	return i < sizeof(phones) / sizeof(phones[0]) ? &phones[i] : NULL;
}

const struct topology_switch_model *topology_switch_model_find(const char *name)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (!strcmp(switches[i].name, name))
			return &switches[i];
	return NULL;
}

const struct topology_phone_model *topology_phone_model_find(const char *name)
{
	for (size_t i = 0; topology_phone_model_at(i); i++)
		if (!strcmp(phones[i].name, name))
			return &phones[i];
	return NULL;
}

int64_t topology_class_mw(int poe_class)
{
	static const int64_t mw[] = {15400, 4000, 7000, 15400, 30000};

	return poe_class >= 0 && poe_class <= 4 ? mw[poe_class] : mw[0];
}
