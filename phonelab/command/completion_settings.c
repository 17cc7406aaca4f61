/* The settings of `device`: KEY=, then the values of the key. */
#include "phonelab/command/completion.h"

#include <stdio.h>
#include <string.h>

#include "phonelab/topology/device.h"

static const struct key model = {.name = "model", .doc = "Model of the phone."};

/* Has one of the words before it already given the key? */
static bool is_given(const struct completion *completion, const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < completion->places; i++)
		if (!strncmp(completion->place[i], key, length) && completion->place[i][length] == '=')
			return true;
	return false;
}

static void offer_key(struct completion *completion, const struct key *key)
{
	char text[60];

	snprintf(text, sizeof(text), "%s=", key->name);
	if (!is_given(completion, key->name))
		completion_offer(completion, text, key->doc);
}

static void offer_values(struct completion *completion, const struct key *key)
{
	static const char *const flag[] = {"yes", "no", NULL};
	const char *const *choices = key->type == KEY_CHOICE ? key->choices
				     : key->type == KEY_FLAG ? flag
							     : NULL;

	if (key == &model)
		completion_value(completion, "MODEL");
	for (; choices && *choices; choices++)
		completion_offer(completion, *choices, NULL);
}

/* The key of the word "load=sip", or NULL. */
static const struct key *key_of(const char *word, bool adds)
{
	size_t length = strcspn(word, "=");

	if (adds && strlen(model.name) == length && !strncmp(model.name, word, length))
		return &model;
	for (const struct key *key = topology_device_shape.keys; key->name; key++)
		if (strlen(key->name) == length && !strncmp(key->name, word, length))
			return key;
	return NULL;
}

void completion_settings(struct completion *completion)
{
	bool adds = completion->places && !strcmp(completion->place[0], "add");
	const char *word = completion->word, *before = completion->before, *equals = strchr(word, '=');
	const struct key *key = equals ? key_of(word, adds) : NULL;
	char front[80];

	if (key) {
		snprintf(front, sizeof(front), "%s%s=", before, key->name);
		completion->before = front;
		completion->word = equals + 1;
		offer_values(completion, key);
		completion->before = before;
		completion->word = word;
	} else if (!equals) {
		for (key = topology_device_shape.keys; key->name; key++)
			offer_key(completion, key);
		if (adds)
			offer_key(completion, &model);
	}
}
