#include "phonelab/lint/model.h"

#include <stdio.h>
#include <string.h>

static const struct phone_model *model_of_load(const char *load)
{
	const struct phone_model *model;

	for (unsigned i = 0; (model = phone_model_at(i)); i++) {
		size_t length = strlen(model->load_family);

		if (!strncmp(load, model->load_family, length) && load[length] == '.')
			return model;
	}
	return NULL;
}

/* The text of the first element of a name, without the blanks around it. */
static void read_element(const char *text, size_t length, const char *name, char value[96])
{
	static const char blanks[] = " \t\r\n";
	const char *at = memmem(text, length, name, strlen(name)), *end;

	at = at ? memchr(at, '>', length - (size_t)(at - text)) : NULL;
	end = at ? memchr(at, '<', length - (size_t)(at - text)) : NULL;
	if (!end)
		return;
	for (at++; at < end && strchr(blanks, *at);)
		at++;
	while (at < end && strchr(blanks, end[-1]))
		end--;
	if (end - at < 96)
		snprintf(value, 96, "%.*s", (int)(end - at), at);
}

/* NAME, or NAME.sgn. */
static const char *read_either(struct lint_source *source, const char *name, size_t *length)
{
	const char *text = lint_source_text(source, name, length);
	char signed_name[PHONE_NAME_MAX];

	snprintf(signed_name, sizeof(signed_name), "%.200s.sgn", name);
	return text ? text : lint_source_text(source, signed_name, length);
}

/* The load of the phone's own file; if there is none (false), of the default file. */
static bool read_load(const struct lint_order *order, const struct lint_phone *phone, char load[96])
{
	char name[PHONE_NAME_MAX];
	const char *text;
	size_t length;

	load[0] = '\0';
	snprintf(name, sizeof(name), "%s.cnf.xml", phone->name);
	text = read_either(order->source, name, &length);
	if (text) {
		read_element(text, length, "<loadInformation", load);
		return true;
	}
	text = read_either(order->source, LINT_DEFAULT_FILE, &length);
	snprintf(name, sizeof(name), "<loadInformation%u", phone->model->ccm_model);
	if (text)
		read_element(text, length, name, load);
	return false;
}

bool lint_choose_model(const struct lint_order *order, struct lint_phone *phone, char load[96])
{
	const struct phone_model *by_load;

	phone->model_from = order->model ? LINT_MODEL_OPTION : LINT_MODEL_ASSUMED;
	phone->model = order->model ? order->model : phone_model_find("7841");
	load[0] = '\0';
	/* The files are not needed to choose, and the source sees only what the phone requests. */
	if (order->installed && order->model)
		return true;
	if (!read_load(order, phone, load) || !load[0] || order->model)
		return true;
	by_load = model_of_load(load);
	if (!by_load)
		return false;
	phone->model_from = LINT_MODEL_LOAD;
	phone->model = by_load;
	return true;
}
