#include "cucm-service/core/ris.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const statuses[] = {
    "Any", "Registered", "UnRegistered", "Rejected", "PartiallyRegistered", "Unknown", NULL};
static const char *const classes[] = {"Any",	   "Phone",	     "Gateway",	 "H323",     "Cti",
				      "VoiceMail", "MediaResources", "SIPTrunk", "HuntList", "Unknown",
				      NULL};
static const char *const protocols[] = {"Any", "SCCP", "SIP", "Unknown", NULL};
static const char *const downloads[] = {"Any", "Upgrading", "Successful", "Failed", "Unknown", NULL};
static const char *const selections[] = {"Name",      "IPV4Address", "IPV6Address",
					 "DirNumber", "Description", NULL};

/* A word of an enumeration; the first word stands for an element that is missing or empty. */
static int choose(struct soap *soap, const xmlNode *criteria, const char *name, const char *const *words,
		  const char **out, char why[200])
{
	const char *text = soap_text_of(soap, criteria, name);

	for (size_t i = 0; words[i]; i++)
		if (!*text || !strcasecmp(words[i], text)) {
			*out = words[i];
			return 0;
		}
	snprintf(why, 200, "%s: found \"%.60s\", expected a value such as %s or %s", name, text, words[0],
		 words[1]);
	return -EINVAL;
}

static int number(struct soap *soap, const xmlNode *criteria, const char *name, long fallback, long *out,
		  char why[200])
{
	const char *text = soap_text_of(soap, criteria, name);
	char *end;

	*out = fallback;
	if (!*text)
		return 0;
	errno = 0;
	*out = strtol(text, &end, 10);
	if (!errno && !*end && *out >= 0)
		return 0;
	snprintf(why, 200, "%s: found \"%.60s\", expected a number", name, text);
	return -EINVAL;
}

static int add_item(struct ris_criteria *criteria, const char *text, char why[200])
{
	if (criteria->item_count == RIS_MOST) {
		snprintf(why, 200, "SelectItems: expected at most %d items", RIS_MOST);
		return -EINVAL;
	}
	if (!strcmp(text, "*") && !criteria->latest)
		criteria->all = true;
	if (*text)
		criteria->items[criteria->item_count++] = text;
	return 0;
}

/* SelectItems/item/Item, one item each or several items in one; or SelectItems/item as a plain text. */
static int read_items(struct ris_criteria *criteria, struct soap *soap, const xmlNode *list, char why[200])
{
	for (const xmlNode *item = soap_first(list); item; item = soap_after(item)) {
		const xmlNode *inner = soap_first(item);
		int err = inner ? 0 : add_item(criteria, soap_text(soap, item), why);

		for (; inner && !err; inner = soap_after(inner))
			err = add_item(criteria, soap_text(soap, inner), why);
		if (err)
			return err;
	}
	criteria->all = criteria->all || !criteria->item_count;
	return 0;
}

/* How many devices the replies so far had: the sum of TotalItemsReturned in the StateInfo of the last one. */
static size_t skip_of(const char *state)
{
	static const char key[] = "TotalItemsReturned=\"";
	size_t sum = 0;

	while ((state = strstr(state, key))) {
		unsigned long part = strtoul(state + sizeof(key) - 1, NULL, 10);

		sum += part < 1000000 ? part : 1000000;
		state += sizeof(key) - 1;
	}
	return sum;
}

int ris_criteria_read(struct ris_criteria *criteria, struct soap *soap, char why[200])
{
	const xmlNode *selection = soap_child(soap->operation, "CmSelectionCriteria");
	const char *class, *protocol;
	long most;

	*criteria = (struct ris_criteria){.latest = !strcmp(soap->name, "selectCmDeviceExt"),
					  .items = calloc(RIS_MOST, sizeof(*criteria->items))};
	if (!criteria->items) {
		snprintf(why, 200, "out of memory");
		return -ENOMEM;
	}
	if (!selection) {
		snprintf(why, 200, "CmSelectionCriteria: found nothing, expected the criteria");
		return -EINVAL;
	}
	if (number(soap, selection, "MaxReturnedDevices", RIS_MOST, &most, why) ||
	    number(soap, selection, "Model", 255, &criteria->model, why) ||
	    choose(soap, selection, "DeviceClass", classes, &class, why) ||
	    choose(soap, selection, "Status", statuses, &criteria->status, why) ||
	    choose(soap, selection, "SelectBy", selections, &criteria->by, why) ||
	    choose(soap, selection, "Protocol", protocols, &protocol, why) ||
	    choose(soap, selection, "DownloadStatus", downloads, &criteria->download, why) ||
	    read_items(criteria, soap, soap_child(selection, "SelectItems"), why))
		return -EINVAL;
	criteria->most = most && most < RIS_MOST ? (size_t)most : RIS_MOST;
	criteria->node = soap_text_of(soap, selection, "NodeName");
	criteria->skip = skip_of(soap_text_of(soap, soap->operation, "StateInfo"));
	criteria->none = (strcmp(class, "Any") && strcmp(class, "Phone")) ||
			 (strcmp(protocol, "Any") && strcmp(protocol, "SIP"));
	return 0;
}

void ris_criteria_free(struct ris_criteria *criteria)
{
	free(criteria->items);
	criteria->items = NULL;
}
