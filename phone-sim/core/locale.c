/* Step 12: the files of the user locale (texts) and of the network locale (tones). */
#include "phone-sim/core/files.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"

/* The locale that every load contains. */
#define BUILT_IN_USER	 "English_United_States"
#define BUILT_IN_NETWORK "United_States"

/* The folder of a locale to fetch; "": none is configured, or the load contains it. */
static const char *user_folder(const struct phone *phone)
{
	const char *name = phone->xml->user_locale;

	return strcmp(name, BUILT_IN_USER) ? name : "";
}

static const char *tones_folder(const struct phone *phone)
{
	const struct phonexml_config *xml = phone->xml;
	const char *name = xml->network_locale_folder[0] ? xml->network_locale_folder : xml->network_locale;

	return strcmp(name, BUILT_IN_NETWORK) ? name : "";
}

static void locale_end(struct phone *phone)
{
	const char *user = user_folder(phone), *tones = tones_folder(phone);

	if (phone->files.locale_problem[0]) {
		phone_message(phone, "Error update locale");
		phone_step_failed(phone, "Error update locale: %s: English stays",
				  phone->files.locale_problem);
	} else if (user[0] || tones[0]) {
		phone_step_done(phone, "%s%s%s", user, user[0] && tones[0] ? ", " : "", tones);
	} else {
		phone_step_skipped(phone, "none configured: English");
	}
}

static void locale_file_done(struct phone *phone, const struct file_result *result);

/* First the file of the user locale, then the tones; a missing one does not stop the other. */
static void locale_next(struct phone *phone)
{
	const struct {
		const char *folder, *name;
	} files[] = {{user_folder(phone), phone->model->jar}, {tones_folder(phone), phone->model->tones}};
	char file[PHONE_NAME_MAX];
	unsigned at = phone->files.stage++;

	if (at == 2) {
		locale_end(phone);
	} else if (!files[at].folder[0]) {
		locale_next(phone);
	} else {
		snprintf(file, sizeof(file), "%s/%s", files[at].folder, files[at].name);
		file_get_signed(phone, file, PHONEXML_SIZE_MAX, locale_file_done);
	}
}

/* The version in the first tag of a dictionary, which the .jar of our call managers holds uncompressed, or of the tones:
 * <dictionary locale="..." version="14.0.0.0(1)">. */
static void read_version(const uint8_t *bytes, size_t length, const char *tag, char version[32])
{
	static const char name[] = " version=\"";
	const char *at = memmem(bytes, length, tag, strlen(tag));
	const char *end = at ? memchr(at, '>', length - (size_t)(at - (const char *)bytes)) : NULL;

	at = end ? memmem(at, (size_t)(end - at), name, sizeof(name) - 1) : NULL;
	if (!at)
		return;
	at += sizeof(name) - 1;
	end = memchr(at, '"', (size_t)(end - at));
	if (end)
		snprintf(version, 32, "%.*s", (int)(end - at < 31 ? end - at : 31), at);
}

static void locale_file_done(struct phone *phone, const struct file_result *result)
{
	static const char *const tags[] = {"<dictionary ", "<tones "};
	unsigned at = phone->files.stage - 1;
	bool good = result->status == FILE_OK && result->length;

	if (!good && !phone->files.locale_problem[0])
		snprintf(phone->files.locale_problem, sizeof(phone->files.locale_problem), "%.199s",
			 result->status == FILE_OK ? "an empty file" : result->detail);
	if (good && at < 2)
		read_version(result->bytes, result->length, tags[at], phone->files.locale_version[at]);
	locale_next(phone);
}

void locale_enter(struct phone *phone)
{
	if (files_nothing_to_heal(phone))
		return;
	phone->files.stage = 0;
	phone->files.locale_problem[0] = '\0';
	memset(phone->files.locale_version, 0, sizeof(phone->files.locale_version));
	locale_next(phone);
}
