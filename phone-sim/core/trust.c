/* Steps 5 and 6: the trust lists. */
#include "phone-sim/core/trust.h"

#include <stdio.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/cm.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/step_runner.h"
#include "wire/trustlist.h"

/* --- step 5 --- */

static void ctl_checked(struct phone *phone, const char *file, struct wire_slice bytes, const char *why)
{
	const struct trust *trust = &phone->trust;
	bool same = wire_slice_equal((struct wire_slice){trust->ctl, trust->ctl_length}, bytes);

	if (!why && !same && !trust_install(phone, true, bytes))
		why = "no memory";
	if (why) {
		phone_message(phone, "CTL update failed");
		phone_console(phone, "ERR SECUREAPP-%s refused: %s", file, why);
		phone_step_failed(phone, "%s: %s", file, why);
		return;
	}
	phone_console(phone, "NOT SECUREAPP-updateFromFile: TL parse to table: CTL_SUCCESS");
	phone_console(phone, "NOT SECUREAPP-TL file verified successfully.");
	if (!same) {
		phone_console(phone, "NOT SECUREAPP-TL file updated.");
		phone_message(phone, "CTL Installed");
	}
	phone_step_done(phone, "%s installed: the cluster is in mixed mode", file);
}

static void ctl_done(struct phone *phone, const struct file_result *result)
{
	switch (result->status) {
	case FILE_NOT_FOUND:
		phone_step_done(phone, "%s",
				phone->trust.ctl
				    ? "404 Not Found: the installed list stays"
				    : "404 Not Found: expected, the cluster is not in mixed mode");
		break;
	case FILE_FAILED: phone_step_failed(phone, "%s", result->detail); break;
	case FILE_OK:
		trust_check_list(phone, true, result->file,
				 (struct wire_slice){result->bytes, result->length}, ctl_checked);
		break;
	}
}

void ctl_enter(struct phone *phone)
{
	char file[PHONE_NAME_MAX];

	if (!phone->healing) {
		cm_drop_all(phone, "restart", false);
		continued_clear(phone, LADDER_CTL);
	}
	snprintf(file, sizeof(file), "CTL%s.tlv", phone->name);
	file_get(phone, file, TRUST_FILE_MAX, ctl_done);
}

/* --- step 6 --- */

static void itl_checked(struct phone *phone, const char *file, struct wire_slice bytes, const char *why)
{
	const struct trust *trust = &phone->trust;
	bool had = trust->itl != NULL;
	bool same = had && wire_slice_equal((struct wire_slice){trust->itl, trust->itl_length}, bytes);

	if (!why && !same && !trust_install(phone, false, bytes))
		why = "no memory";
	if (why) {
		phone_message(phone, "Trust List update failed");
		phone_console(phone, "ERR SECUREAPP-%s refused: %s", file, why);
		phone_step_failed(phone, "Trust List update failed: %s: %s", file, why);
		return;
	}
	phone_console(phone, "NOT SECUREAPP-Hashes match... authentication successful.");
	if (same) {
		phone_step_done(phone, "%s verified, unchanged", file);
		return;
	}
	phone_message(phone, had	  ? "Trust List updated"
			     : trust->ctl ? "CTL and ITL installed"
					  : "ITL installed");
	phone_step_done(phone, "%s verified and %s", file, had ? "updated" : "installed");
}

static void itl_done(struct phone *phone, const struct file_result *result)
{
	bool had = phone->trust.itl != NULL;

	switch (result->status) {
	case FILE_NOT_FOUND:
		if (!strncmp(result->file, "ITLSEP", 6)) {
			file_get(phone, "ITLFile.tlv", TRUST_FILE_MAX, itl_done);
			return;
		}
		phone_message(phone, trust_installed(phone) ? "ITL installed" : "No Trust List Installed");
		phone_step_done(phone, had ? "404 Not Found: the installed list stays"
					   : "404 Not Found: no trust list");
		break;
	case FILE_FAILED: phone_step_failed(phone, "%s", result->detail); break;
	case FILE_OK:
		trust_check_list(phone, false, result->file,
				 (struct wire_slice){result->bytes, result->length}, itl_checked);
		break;
	}
}

void itl_enter(struct phone *phone)
{
	char file[PHONE_NAME_MAX];

	snprintf(file, sizeof(file), "ITL%s.tlv", phone->name);
	file_get(phone, file, TRUST_FILE_MAX, itl_done);
}
