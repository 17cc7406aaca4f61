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

void lint_read_load(struct lint_source *source, const char *device, char load[96])
{
	static const char *const ends[] = {".cnf.xml", ".cnf.xml.sgn"};
	static const char element[] = "<loadInformation>", blanks[] = " \t\r\n";
	char name[PHONE_NAME_MAX];
	const char *text = NULL, *at, *end;
	size_t length;

	load[0] = '\0';
	for (size_t i = 0; i < 2 && !text; i++) {
		snprintf(name, sizeof(name), "%s%s", device, ends[i]);
		text = lint_source_text(source, name, &length);
	}
	at = text ? memmem(text, length, element, strlen(element)) : NULL;
	if (!at)
		return;
	at += strlen(element);
	end = memchr(at, '<', length - (size_t)(at - text));
	while (end && at < end && strchr(blanks, *at))
		at++;
	while (end && at < end && strchr(blanks, end[-1]))
		end--;
	if (end && end - at < 96)
		snprintf(load, 96, "%.*s", (int)(end - at), at);
}

bool lint_choose_model(const struct lint_order *order, const char *load, struct lint_phone *phone)
{
	const struct phone_model *by_load = model_of_load(load);

	phone->model_from = order->model ? LINT_MODEL_OPTION : by_load ? LINT_MODEL_LOAD : LINT_MODEL_ASSUMED;
	phone->model = order->model ? order->model : by_load ? by_load : phone_model_find("7841");
	return !load[0] || by_load || order->model;
}
