/* Step 7: SEP<MAC>.cnf.xml, signed if a trust list is installed; else XMLDefault.cnf.xml. */
#include "phone-sim/core/files.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/trust.h"

#define DEFAULT_FILE "XMLDefault.cnf.xml"

static void take(struct phone *phone, const struct file_result *result)
{
	memset(phone->config_hash, 0, sizeof(phone->config_hash));
	EVP_Digest(result->bytes, result->length, phone->config_hash, NULL, EVP_sha256(), NULL);
	/* Settings have changed since the registration: restart with them, as CUCM asks for. */
	if (phone->healing &&
	    memcmp(phone->config_hash, phone->registered_hash, sizeof(phone->config_hash))) {
		phone->going_down = PHONE_CONTROL_RESTART;
		phone_fire(phone, STEP_RESTART);
		return;
	}
	phone_message(phone, "%s", result->file);
	phone_note(phone, "version_stamp", "%s", phone->xml->version_stamp);
	if (phone->provisioned)
		phone_step_done(phone, "%s: %u line%s, %u call manager%s", result->file, phone->xml->lines,
				phone->xml->lines == 1 ? "" : "s", phone->xml->members,
				phone->xml->members == 1 ? "" : "s");
	else
		phone_step_done(phone, "not provisioned, %s", DEFAULT_FILE);
}

static void malformed(struct phone *phone, const char *file, const struct phonexml_error *error, int code)
{
	char text[XML_ERROR_TEXT];

	phone_message(phone, "Error Verifying Config Info");
	phone_step_failed(phone, "%s: %s", file, xml_error(error, code, text));
}

static void default_done(struct phone *phone, const struct file_result *result)
{
	struct phonexml_default found;
	struct phonexml_error error;
	const char *load;
	int err;

	if (result->status != FILE_OK) {
		phone_step_failed(phone,
				  result->status == FILE_NOT_FOUND ? "neither %s.cnf.xml nor " DEFAULT_FILE
								     " (%s)"
								   : "%s.cnf.xml not found, and %s",
				  phone->name, result->detail);
		return;
	}
	err = phonexml_default_decode(result->bytes, result->length, &found, &error);
	if (err) {
		malformed(phone, DEFAULT_FILE, &error, err);
		return;
	}
	xml_report(phone, DEFAULT_FILE, &error);
	phonexml_config_default(phone->xml);
	memcpy(phone->xml->member, found.member, sizeof(found.member));
	phone->xml->members = found.members;
	load = phonexml_default_load(&found, phone->model->ccm_model);
	snprintf(phone->xml->load, sizeof(phone->xml->load), "%s", load ? load : "");
	phone->provisioned = false;
	take(phone, result);
}

static void plain_done(struct phone *phone, const struct file_result *result)
{
	struct phonexml_error error;
	int err;

	switch (result->status) {
	case FILE_NOT_FOUND: file_get(phone, DEFAULT_FILE, PHONEXML_SIZE_MAX, default_done); return;
	case FILE_FAILED:
		if (result->last == PHONE_FETCH_PROTOCOL_ERROR)
			phone_message(phone, "Error Verifying Config Info");
		phone_step_failed(phone, "%s", result->detail);
		return;
	case FILE_OK: break;
	}
	err = phonexml_config_decode(result->bytes, result->length, phone->xml, &error);
	if (err) {
		malformed(phone, result->file, &error, err);
		return;
	}
	xml_report(phone, result->file, &error);
	phone->provisioned = true;
	take(phone, result);
}

void config_enter(struct phone *phone)
{
	char file[PHONE_NAME_MAX];

	if (!phone->healing)
		cm_drop_all(phone, "config-retry", false);
	phone->trust.signed_files = trust_installed(phone);
	snprintf(file, sizeof(file), "%s.cnf.xml", phone->name);
	file_get_signed(phone, file, PHONEXML_SIZE_MAX, plain_done);
}
