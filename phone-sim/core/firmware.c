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

	if (phone->firmware.at < phone->firmware.count) {
		file = phone->firmware.file[phone->firmware.at];
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

/* The section of a .loads file for this hardware: the load family without "sip". */
static const char *platform_of(const struct phone *phone)
{
	return phone->model->load_family + strlen("sip");
}

static void loads_done(struct phone *phone, const struct file_result *result)
{
	struct wire_slice text = {result->bytes, result->length};
	const struct loads_platform *platform;
	struct loads loads;
	struct wire_error error;
	const char *why = NULL;

	if (result->status != FILE_OK) {
		rejected(phone, "Load ID incorrect", result->detail);
		return;
	}
	if (sgn_is_signed(result->bytes, result->length)) {
		struct trustlist_header header;

		if (trust_signs(phone))
			why = trust_check_signed(phone, result->bytes, result->length, &text);
		else if (sgn_decode(result->bytes, result->length, &header, &text, NULL))
			why = "its signed header is malformed";
	}
	if (why || loads_decode(text.data, text.length, &loads, &error)) {
		rejected(phone, "Load rejected HC", why ? why : error.what);
		return;
	}
	platform = loads_find(&loads, platform_of(phone));
	if (!platform) {
		rejected(phone, "Load rejected HC", "it is not for this hardware");
		return;
	}
	phone->firmware.at = phone->firmware.count = 0;
	for (unsigned i = 0; i < platform->images && i < 8; i++)
		snprintf(phone->firmware.file[phone->firmware.count++], sizeof(phone->firmware.file[0]), "%s",
			 platform->image[i].file);
	phone_put_text(phone, PHONE_DO_FLASH_BEGIN, phone->firmware.load);
	memset(&phone->inactive, 0, sizeof(phone->inactive));
	download_next(phone);
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
