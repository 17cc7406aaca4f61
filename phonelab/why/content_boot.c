/* The boot of a phone core in memory with the files as they are now. */
#include "phonelab/why/content_internal.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/why/served.h"

#define FLASH_MOST 65536

/* A source that passes requests on to the folder, and lists them. */
struct listing {
	struct lint_source source;
	struct content *of;
};

static void get(struct lint_source *source, const struct lint_want *want, struct lint_file *file)
{
	struct content *of = ((struct listing *)source)->of;
	struct content_file *one;
	size_t i = 0;

	of->folder->get(of->folder, want, file);
	while (i < of->files && strcmp(of->file[i].name, want->name))
		i++;
	if (i == CONTENT_FILES)
		return;
	one = &of->file[i];
	if (i == of->files) {
		of->files++;
		*one = (struct content_file){.step = served_step(want->name)};
		snprintf(one->name, sizeof(one->name), "%s", want->name);
		served_plain(want->name, one->plain);
	}
	one->found = one->found || file->status == PHONE_FETCH_OK;
}

static const char *entry(struct lint_source *source, const char *name)
{
	struct content *of = ((struct listing *)source)->of;

	return of->folder->entry(of->folder, name);
}

static void forget(struct lint_source *source)
{
	(void)source;
}

static uint8_t *read_list(const struct content *of, const char *name, size_t *length)
{
	char path[CONTENT_PATH], *bytes = NULL;
	struct fail ignored = {0};

	snprintf(path, sizeof(path), "%sphones/flash/%s/files/%s", of->it->directory, of->it->name, name);
	*length = 0;
	return file_read(path, FLASH_MOST, &bytes, length, &ignored) ? NULL : (uint8_t *)bytes;
}

static struct wire_slice read_slice(const struct content *of, const char *name)
{
	struct wire_slice slice = {.length = 0};

	slice.data = read_list(of, name, &slice.length);
	return slice;
}

/* The MIC of a phone that the lab runs: key and certificate in one PEM file. A kept folder has none. */
static void read_mic(struct content *of)
{
	unsigned char *der = NULL, *key_der = NULL;
	char path[CONTENT_PATH];
	EVP_PKEY *key = NULL;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	X509 *certificate = NULL;
	FILE *in;

	snprintf(path, sizeof(path), "%skeys/phones/%s.mic.pem", of->it->directory, of->it->name);
	in = fopen(path, "re");
	if (!in)
		return;
	key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	certificate = PEM_read_X509(in, NULL, NULL, NULL);
	fclose(in);
	info = key ? EVP_PKEY2PKCS8(key) : NULL;
	if (certificate && info) {
		int length = i2d_X509(certificate, &der),
		    key_length = i2d_PKCS8_PRIV_KEY_INFO(info, &key_der);

		of->mic = (struct wire_slice){der, length > 0 ? (size_t)length : 0};
		of->mic_key = (struct wire_slice){key_der, key_length > 0 ? (size_t)key_length : 0};
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	X509_free(certificate);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

void content_free_flash(struct content *of)
{
	free(of->itl);
	free(of->ctl);
	free((void *)(uintptr_t)of->lsc.data);
	if (of->lsc_key.data)
		OPENSSL_cleanse((void *)(uintptr_t)of->lsc_key.data, of->lsc_key.length);
	free((void *)(uintptr_t)of->lsc_key.data);
	OPENSSL_free((void *)(uintptr_t)of->mic.data);
	OPENSSL_clear_free((void *)(uintptr_t)of->mic_key.data, of->mic_key.length);
}

void content_read_flash(struct content *of)
{
	struct lint_installed *installed = &of->installed;

	of->itl = read_list(of, "itl", &installed->itl_length);
	of->ctl = read_list(of, "ctl", &installed->ctl_length);
	installed->itl = of->itl;
	installed->ctl = of->ctl;
	of->lsc = read_slice(of, "lsc");
	of->lsc_key = read_slice(of, "lsc-key");
	read_mic(of);
	installed->lsc = of->lsc;
	installed->lsc_key = of->lsc_key;
	installed->mic = of->mic;
	installed->mic_key = of->mic_key;
	installed->active_load = json_text(of->it->phone, "active_load");
	installed->inactive_load = json_text(of->it->phone, "inactive_load");
}

/* Refusals of the phone; other findings are about values. */
static bool is_refusal(enum lint_rule rule)
{
	switch (rule) {
	case LINT_TRUST_LIST:
	case LINT_CONFIGURATION:
	case LINT_FIRMWARE:
	case LINT_DIAL_RULES:
	case LINT_LOCALE:
	case LINT_SOFT_KEYS:
	case LINT_RINGTONES: return true;
	case LINT_NOT_PROVISIONED:
	case LINT_CALL_MANAGER:
	case LINT_CALL_MANAGER_NAME:
	case LINT_REGISTER:
	case LINT_VALUE_IGNORED:
	case LINT_UNSIGNED:
	case LINT_NAME_CASE:
	case LINT_PHONE_FILE_NAME:
	case LINT_FOLDER:
	case LINT_TLS:
	case LINT_UNKNOWN_MODEL:
	case LINT_UNUSED: return false;
	}
	return false;
}

/* A file that came and that the phone could not use. */
static void mark_refused(struct content *of)
{
	for (size_t i = 0; i < of->phone->findings.count; i++) {
		const struct lint_finding *finding = &of->phone->findings.item[i];

		for (size_t f = 0; f < of->files && is_refusal(finding->rule); f++) {
			struct content_file *file = &of->file[f];

			if (strcmp(file->name, finding->file) || !file->found || file->step != finding->step)
				continue;
			file->refused = true;
			file->line = finding->line;
			snprintf(file->reason, sizeof(file->reason), "%s", finding->text);
		}
	}
}

int content_boot(struct content *of)
{
	struct listing listing = {
	    .source = {.get = get, .entry = entry, .free = forget, .address = of->folder->address}, .of = of};
	struct lint_order order = {.source = &listing.source,
				   .model = of->model,
				   .installed = &of->installed,
				   .actions = phone_actions_new()};
	struct mac mac;
	int err = order.actions && !mac_parse_device(&mac, of->it->name) ? 0 : -EINVAL;

	of->phone = err ? NULL : calloc(1, sizeof(*of->phone));
	if (of->phone)
		err = lint_phone_run(&order, &mac, of->phone);
	if (of->phone && !err)
		mark_refused(of);
	lint_source_free(&listing.source);
	phone_actions_free(order.actions);
	return of->phone ? err : -ENOMEM;
}
