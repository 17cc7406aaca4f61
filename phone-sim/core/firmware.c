/* Step 8: if the configuration names another load, take it from the inactive bank or download it. */
#include "phone-sim/core/files.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/trust.h"
#include "wire/loads.h"
#include "wire/trustlist.h"

#define IMAGE_MAX UINT64_C(134217728) /* 128 MiB: the largest known root file system has 47 MB */

static void download_next(struct phone *phone);

static void status(struct phone *phone, const char *text, const char *what)
{
	snprintf(phone->download_status, sizeof(phone->download_status), "%s%.48s", text, what);
}

/* Real phones go on with the old load and show why they did. */
static void rejected(struct phone *phone, const char *message, const char *why)
{
	phone_message(phone, "%s", message);
	status(phone, "Failed: ", message);
	phone_step_failed(phone, "%s: %s, going on with %.64s", message, why, phone->active.load);
}

static void swap(struct phone *phone)
{
	struct phone_bank old = phone->active;

	phone_put(phone, PHONE_DO_SWAP_FLASH);
	phone->active = phone->inactive;
	phone->inactive = old;
	phone->restart_cause = "Reset-Reset";
	phone->reg.alarm = 22;
	phone->reg.last = "reset-reset";
	phone_message(phone, "Load %s active", phone->active.load);
	status(phone, "Successful", "");
	phone_fire(phone, STEP_SWAPPED);
}

static void image_done(struct phone *phone, const struct file_result *result)
{
	uint32_t expected = phone->firmware.platform.image[phone->firmware.at].size;
	struct sbn_header header;
	struct wire_error error;
	char why[200];

	if (result->status != FILE_OK) {
		rejected(phone, "Load ID incorrect", result->detail);
		return;
	}
	if (sbn_decode(result->bytes, result->length, &header, &error)) {
		snprintf(why, sizeof(why), "%s is no image", result->file);
		rejected(phone, "Checksum Error", why);
		return;
	}
	if (expected && expected != result->size) {
		snprintf(why, sizeof(why), "%.80s has %llu bytes, the .loads file says %u", result->file,
			 (unsigned long long)result->size, expected);
		rejected(phone, "Checksum Error", why);
		return;
	}
	if ((uint64_t)header.header_size + header.payload_size != result->size) {
		snprintf(why, sizeof(why), "%.80s has %llu bytes, its header says %llu", result->file,
			 (unsigned long long)result->size,
			 (unsigned long long)header.header_size + header.payload_size);
		rejected(phone, "Checksum Error", why);
		return;
	}
	phone->firmware.at++;
	download_next(phone);
}

static void download_next(struct phone *phone)
{
	const char *file;

	if (phone->firmware.at < phone->firmware.platform.images) {
		file = phone->firmware.platform.image[phone->firmware.at].file;
		status(phone, "Downloading ", file);
		phone_report(phone, "firmware.download", NULL, 0, "%s", file);
		file_get_image(phone, file, IMAGE_MAX, image_done);
		return;
	}
	phone_put_text(phone, PHONE_DO_FLASH_COMMIT, phone->firmware.load);
	memcpy(phone->inactive.load, phone->firmware.load, sizeof(phone->inactive.load));
	phone->inactive.intact = true;
	swap(phone);
}

/* Does a name in the file mention the family ("78xx" in "kern78xx.14-2-1-0001-125.sbn")? */
static bool mentions(const struct loads *loads, const char *family)
{
	if (strstr(loads->model, family) || strstr(loads->load_version, family))
		return true;
	for (unsigned i = 0; i < loads->platforms; i++)
		for (unsigned j = 0; j < loads->platform[i].images; j++)
			if (strstr(loads->platform[i].image[j].file, family))
				return true;
	return false;
}

/* A load of another family is rejected; one that mentions no family is not. The family is that of the load's name
 * without "sip". */
static bool is_for_this_hardware(const struct phone *phone, const struct loads *loads)
{
	const struct phone_model *model;
	bool other = false;

	if (mentions(loads, phone->model->load_family + 3) || strstr(loads->model, phone->model->name))
		return true;
	for (unsigned i = 0; (model = phone_model_at(i)); i++)
		other |= mentions(loads, model->load_family + 3);
	return !other;
}

/* The section for this phone: these phones are of their model's first platform. A list of another maker can have other
 * names. */
static const struct loads_platform *choose_platform(const struct loads *loads)
{
	const struct loads_platform *first = loads_find(loads, "PLATFORM_1");

	return first ? first : &loads->platform[0];
}

/* The list of images has come; why: its signature is not trusted. */
static void loads_checked(struct phone *phone, const char *file, struct wire_slice bytes, const char *why)
{
	struct wire_slice text = bytes;
	struct trustlist_header header;
	struct loads loads;
	struct wire_error error;

	(void)file;
	if (!why && sgn_is_signed(bytes.data, bytes.length) &&
	    sgn_decode(bytes.data, bytes.length, &header, &text, NULL))
		why = "its signed header is malformed";
	if (why || loads_decode(text.data, text.length, &loads, &error)) {
		rejected(phone, "Load rejected HC", why ? why : error.what);
		return;
	}
	if (!is_for_this_hardware(phone, &loads)) {
		rejected(phone, "Load rejected HC", "it is not for this hardware");
		return;
	}
	phone->firmware.at = 0;
	phone->firmware.platform = *choose_platform(&loads);
	phone_put_text(phone, PHONE_DO_FLASH_BEGIN, phone->firmware.load);
	memset(&phone->inactive, 0, sizeof(phone->inactive));
	download_next(phone);
}

static void loads_done(struct phone *phone, const struct file_result *result)
{
	struct wire_slice bytes = {result->bytes, result->length};

	if (result->status != FILE_OK)
		rejected(phone, "Load ID incorrect", result->detail);
	else if (trust_signs(phone) && sgn_is_signed(bytes.data, bytes.length))
		trust_check_signed(phone, result->file, bytes, loads_checked);
	else
		loads_checked(phone, result->file, bytes, NULL);
}

void firmware_enter(struct phone *phone)
{
	const char *wanted = phone->xml->load;
	char file[PHONE_LOAD_MAX + 8];

	if (phone->healing && phone->ladder.rung[LADDER_FIRMWARE - 1].state != LADDER_FAILED) {
		phone_fire(phone, STEP_DONE);
		return;
	}
	phone_note(phone, "active", "%s", phone->active.load);
	phone_note(phone, "wanted", "%s", wanted);
	if (!wanted[0] || !strcmp(wanted, phone->active.load)) {
		if (!phone->download_status[0] || strncmp(phone->download_status, "Successful", 10))
			status(phone, "None", "");
		phone_step_done(phone, wanted[0] ? "%s is active" : "%s stays: no load is named",
				phone->active.load);
		return;
	}
	if (strlen(wanted) >= PHONE_LOAD_MAX) {
		rejected(phone, "Load ID incorrect", "its name is too long");
		return;
	}
	phone_report(phone, "firmware.wanted", NULL, 0, "%s, active is %s", wanted, phone->active.load);
	if (!strcmp(wanted, phone->inactive.load) && phone->inactive.intact) {
		swap(phone);
		return;
	}
	snprintf(phone->firmware.load, sizeof(phone->firmware.load), "%.*s", PHONE_LOAD_MAX - 1, wanted);
	snprintf(file, sizeof(file), "%s.loads", phone->firmware.load);
	status(phone, "Downloading ", file);
	file_get(phone, file, LOADS_SIZE_MAX, loads_done);
}
