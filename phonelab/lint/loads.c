#include "phonelab/lint/loads.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "wire/trustlist.h"

static bool same_load(const struct lint_load *load, const char *name, const char *family)
{
	return !strcmp(load->name, name) && !strcmp(load->family, family);
}

bool lint_loads_has(const struct lint_loads *loads, const char *name, const char *family)
{
	for (size_t i = 0; i < loads->count; i++)
		if (same_load(&loads->item[i], name, family))
			return true;
	return false;
}

static void add_keys(EVP_MD_CTX *context, const struct phone_list_view *installed)
{
	struct trustlist list;

	if (!installed->bytes || trustlist_decode(installed->bytes, installed->length, &list, NULL))
		return;
	for (unsigned i = 0; i < list.records; i++)
		if (trustlist_signs_files(&list.record[i]))
			EVP_DigestUpdate(context, list.record[i].public_key.data,
					 list.record[i].public_key.length);
}

/* False: memory is short. */
static bool keys_of(const struct phone_view *view, uint8_t keys[32])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	if (good) {
		add_keys(context, &view->ctl);
		add_keys(context, &view->itl);
		good = EVP_DigestFinal_ex(context, keys, NULL);
	}
	EVP_MD_CTX_free(context);
	return good;
}

bool lint_loads_proven(const struct lint_loads *loads, const struct phone_view *view)
{
	uint8_t keys[32];

	if (!keys_of(view, keys))
		return false;
	for (size_t i = 0; i < loads->count; i++)
		if (same_load(&loads->item[i], view->active_load, view->model->load_family) &&
		    !memcmp(loads->item[i].keys, keys, sizeof(keys)))
			return true;
	return false;
}

void lint_loads_add(struct lint_loads *loads, const struct phone_view *view)
{
	struct lint_load *load = &loads->item[loads->count];

	if (loads->count == LINT_LOADS_MAX || lint_loads_proven(loads, view) || !keys_of(view, load->keys))
		return;
	snprintf(load->name, sizeof(load->name), "%s", view->active_load);
	load->family = view->model->load_family;
	loads->count++;
}
