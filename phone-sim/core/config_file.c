/* Step 7: SEP<MAC>.cnf.xml, else XMLDefault.cnf.xml, signed if a trust list names a signer of files; else the stored
 * configuration. */
#include "phone-sim/core/files.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/secure_config.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/stored.h"

#define DEFAULT_FILE "XMLDefault.cnf.xml"

static int decode_default(const struct phone *phone, const uint8_t *bytes, size_t length,
			  struct phonexml_config *read, struct phonexml_error *error)
{
	struct phonexml_default found;
	const char *load;
	int err = phonexml_default_decode(bytes, length, &found, error);

	if (err)
		return err;
	phonexml_config_default(read);
	memcpy(read->member, found.member, sizeof(found.member));
	read->members = found.members;
	memcpy(read->tvs, found.tvs, sizeof(found.tvs));
	read->tvs_members = found.tvs_members;
	load = phonexml_default_load(&found, phone->model->ccm_model);
	snprintf(read->load, sizeof(read->load), "%s", load ? load : "");
	return 0;
}

/* Read a file. A negative errno, or 0 and *read, to be freed. */
static int decode(const struct phone *phone, const char *file, const uint8_t *bytes, size_t length,
		  struct phonexml_config **read, struct phonexml_error *error)
{
	struct phonexml_config *config = calloc(1, sizeof(*config));
	int err = -ENOMEM;

	if (config)
		err = strcmp(file, DEFAULT_FILE) ? phonexml_config_decode(bytes, length, config, error)
						 : decode_default(phone, bytes, length, config, error);
	if (err)
		free(config);
	else
		*read = config;
	return err;
}

/* Use the configuration of a file from now on; the phone owns it. */
static void use(struct phone *phone, const char *file, const uint8_t *bytes, size_t length,
		struct phonexml_config *read, const struct phonexml_error *error)
{
	xml_report(phone, file, error);
	free(phone->xml);
	phone->xml = read;
	phone->provisioned = strcmp(file, DEFAULT_FILE) != 0;
	memset(phone->config_hash, 0, sizeof(phone->config_hash));
	EVP_Digest(bytes, length, phone->config_hash, NULL, EVP_sha256(), NULL);
	tvs_use_configuration(phone);
	sntp_use_configuration(phone);
}

/* --- the stored configuration --- */

static bool use_stored(struct phone *phone)
{
	const struct stored *stored = &phone->stored;
	struct phone_evidence evidence[] = {{"file", stored->file}, {"version_stamp", NULL}};
	struct phonexml_config *read;
	struct phonexml_error error;

	if (!stored->bytes ||
	    decode(phone, stored->file, stored->content.data, stored->content.length, &read, &error))
		return false;
	use(phone, stored->file, stored->content.data, stored->content.length, read, &error);
	evidence[1].value = phone->xml->version_stamp;
	phone->configuration = PHONE_CONFIGURATION_STORED;
	phone_console(phone, "WRN JAVA-%s not available, using the stored %s", phone->name, stored->file);
	phone_report(phone, "config.stored", evidence, 2, "%s, version stamp %s", stored->file,
		     phone->xml->version_stamp);
	return true;
}

void config_failed(struct phone *phone, const char *format, ...)
{
	char why[sizeof(phone->ladder.rung[0].detail)];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (!phone->healing && !use_stored(phone))
		phone->configuration = PHONE_CONFIGURATION_NONE;
	if (phone->configuration == PHONE_CONFIGURATION_STORED)
		phone_step_failed(phone, "%s: going on with the stored configuration %s", why,
				  phone->stored.file);
	else
		phone_step_failed(phone, "%s", why);
}

/* --- files --- */

static void take(struct phone *phone, const struct file_result *result)
{
	stored_keep(phone, result->file, result->bytes, result->length);
	/* Settings have changed since the registration: restart with them, as CUCM asks for. */
	if (phone->healing &&
	    memcmp(phone->config_hash, phone->registered_hash, sizeof(phone->config_hash))) {
		phone->going_down = PHONE_CONTROL_RESTART;
		phone_fire(phone, STEP_RESTART);
		return;
	}
	phone->configuration = phone->provisioned ? PHONE_CONFIGURATION_FETCHED : PHONE_CONFIGURATION_DEFAULT;
	phone_message(phone, "%s", result->file);
	phone_note(phone, "version_stamp", "%s", phone->xml->version_stamp);
	if (phone->provisioned)
		phone_step_done(phone, "%s: %u line%s, %u call manager%s", result->file, phone->xml->lines,
				phone->xml->lines == 1 ? "" : "s", phone->xml->members,
				phone->xml->members == 1 ? "" : "s");
	else
		phone_step_done(phone, "not provisioned, %s", DEFAULT_FILE);
}

/* Go on with a short file, which phonexml_config_decode refuses. False: it is none. */
static bool short_received(struct phone *phone, const struct file_result *result)
{
	struct phonexml_config *read = calloc(1, sizeof(*read));
	bool brief = read && !phonexml_config_decode_short(result->bytes, result->length, read, NULL);

	if (brief)
		secure_config_read(phone, read);
	free(read);
	return brief;
}

void config_received(struct phone *phone, const struct file_result *result)
{
	bool is_default = !strcmp(result->file, DEFAULT_FILE);
	struct phonexml_config *read;
	struct phonexml_error error;
	char text[XML_ERROR_TEXT];
	int err = decode(phone, result->file, result->bytes, result->length, &read, &error);

	if (err && !is_default && short_received(phone, result))
		return;
	if (err) {
		phone_message(phone, "Error Verifying Config Info");
		config_failed(phone, "%s: %s", result->file,
			      xml_refused(phone, result->file, &error, err, text));
	} else if (!is_default && secure_config_read(phone, read)) {
		free(read); /* CAPF, or the encrypted file, comes first */
	} else {
		use(phone, result->file, result->bytes, result->length, read, &error);
		take(phone, result);
	}
}

/* A file has not come, or its signature does not verify. */
static void unusable(struct phone *phone, const struct file_result *result, const char *before)
{
	if (result->last == PHONE_FETCH_PROTOCOL_ERROR)
		phone_message(phone, "Error Verifying Config Info");
	config_failed(phone, "%s%s", before, result->detail);
}

static void default_done(struct phone *phone, const struct file_result *result)
{
	char before[80];

	switch (result->status) {
	case FILE_NOT_FOUND:
		config_failed(phone, "neither %s.cnf.xml nor " DEFAULT_FILE " (%s)", phone->name,
			      result->detail);
		break;
	case FILE_FAILED:
		snprintf(before, sizeof(before), "%s.cnf.xml not found, and ", phone->name);
		unusable(phone, result, before);
		break;
	case FILE_OK: config_received(phone, result); break;
	}
}

static void config_done(struct phone *phone, const struct file_result *result)
{
	switch (result->status) {
	case FILE_NOT_FOUND: file_get_signed(phone, DEFAULT_FILE, PHONEXML_SIZE_MAX, default_done); break;
	case FILE_FAILED: unusable(phone, result, ""); break;
	case FILE_OK: config_received(phone, result); break;
	}
}

void config_enter(struct phone *phone)
{
	if (!phone->healing)
		cm_drop_all(phone, "config-retry", false);
	secure_config_enter(phone);
	config_request(phone);
}

void config_request(struct phone *phone)
{
	char file[PHONE_NAME_MAX];

	snprintf(file, sizeof(file), "%s.cnf.xml", phone->name);
	file_get_signed(phone, file, PHONEXML_SIZE_MAX, config_done);
}
