#include "cucm/model.h"

#include <stddef.h>
#include <string.h>

static const struct cucm_model models[] = {
    {"7811", 36213, "sip78xx", "78xx", "sp-sip.jar"},
    {"7821", 621, "sip78xx", "78xx", "sp-sip.jar"},
    {"7832", 36247, "sip7832", "7832", "sp-sip.jar"},
    {"7841", 622, "sip78xx", "78xx", "sp-sip.jar"},
    {"7861", 623, "sip78xx", "78xx", "sp-sip.jar"},
    {"8811", 36217, "sip88xx", "88xx", "sl-be-sip.jar"},
    {"8832", 36258, "sip8832", "8832", "sl-be-sip.jar"},
    {"8841", 683, "sip88xx", "88xx", "sl-be-sip.jar"},
    {"8845", 36224, "sip8845_65", "8845_65", "sl-bev-sip.jar"},
    {"8851", 684, "sip88xx", "88xx", "sl-be-sip.jar"},
    {"8861", 685, "sip88xx", "88xx", "sl-be-sip.jar"},
    {"8865", 36225, "sip8845_65", "8845_65", "sl-bev-sip.jar"},
    {NULL, 0, NULL, NULL, NULL},
};

const struct cucm_model *cucm_models(void)
{
	return models;
}

const struct cucm_model *cucm_model_find(const char *name)
{
	for (const struct cucm_model *model = models; model->name; model++)
		if (name && !strcmp(model->name, name))
			return model;
	return NULL;
}
