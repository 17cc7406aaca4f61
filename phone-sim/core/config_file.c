/* Step 7: SEP<MAC>.cnf.xml, else XMLDefault.cnf.xml, signed if a trust list names a signer of files; else the stored
 * configuration. */
#include "phone-sim/core/files.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/stored.h"

#define DEFAULT_FILE "XMLDefault.cnf.xml"

static int decode_default(struct phone *phone, const uint8_t *bytes, size_t length,
			  struct phonexml_error *error)
{
	struct phonexml_default found;
	const char *load;
	int err = phonexml_default_decode(bytes, length, &found, error);

	if (err)
		return err;
	phonexml_config_default(phone->xml);
	memcpy(phone->xml->member, found.member, sizeof(found.member));
	phone->xml->members = found.members;
	load = phonexml_default_load(&found, phone->model->ccm_model);
	snprintf(phone->xml->load, sizeof(phone->xml->load), "%s", load ? load : "");
	return 0;
}

/* Use the configuration of a file from now on. A negative errno if it cannot be used: the old one stays. */
static int use(struct phone *phone, const char *file, const uint8_t *bytes, size_t length,
	       struct phonexml_error *error)
{
	bool is_default = !strcmp(file, DEFAULT_FILE);
	int err = is_default ? decode_default(phone, bytes, length, error)
			     : phonexml_config_decode(bytes, length, phone->xml, error);

	if (err)
		return err;
	xml_report(phone, file, error);
	phone->provisioned = !is_default;
	memset(phone->config_hash, 0, sizeof(phone->config_hash));
	EVP_Digest(bytes, length, phone->config_hash, NULL, EVP_sha256(), NULL);
	return 0;
}

/* --- the stored configuration --- */

static bool use_stored(struct phone *phone)
{
	const struct stored *stored = &phone->stored;
	const struct phone_evidence evidence[] = {{"file", stored->file},
						  {"version_stamp", phone->xml->version_stamp}};
	struct phonexml_error error;

	if (!stored->bytes || use(phone, stored->file, stored->content.data, stored->content.length, &error))
		return false;
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

/* A file has come. */
static void received(struct phone *phone, const struct file_result *result)
{
	struct phonexml_error error;
	char text[XML_ERROR_TEXT];
	int err = use(phone, result->file, result->bytes, result->length, &error);

	if (!err) {
		take(phone, result);
		return;
	}
	phone_message(phone, "Error Verifying Config Info");
	config_failed(phone, "%s: %s", result->file, xml_error(&error, err, text));
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
	case FILE_OK: received(phone, result); break;
	}
}

static void config_done(struct phone *phone, const struct file_result *result)
{
	switch (result->status) {
	case FILE_NOT_FOUND: file_get_signed(phone, DEFAULT_FILE, PHONEXML_SIZE_MAX, default_done); break;
	case FILE_FAILED: unusable(phone, result, ""); break;
	case FILE_OK: received(phone, result); break;
	}
}

void config_enter(struct phone *phone)
{
	char file[PHONE_NAME_MAX];

	if (!phone->healing)
		cm_drop_all(phone, "config-retry", false);
	snprintf(file, sizeof(file), "%s.cnf.xml", phone->name);
	file_get_signed(phone, file, PHONEXML_SIZE_MAX, config_done);
}
