/* The file of phones that have none of their own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "phonelab/lint/lint.h"

int lint_default_file(struct lint_order *order, struct lint_findings *findings)
{
	static const struct mac nobody = {{0}};
	const size_t length = strlen(LINT_DEFAULT_FILE);
	struct lint_phone *phone;
	const char *entry;
	int err;

	entry = order->source->entry ? order->source->entry(order->source, LINT_DEFAULT_FILE) : NULL;
	if (!entry || strcmp(entry, LINT_DEFAULT_FILE))
		return 0;
	phone = malloc(sizeof(*phone));
	err = phone ? lint_phone_run(order, &nobody, phone) : -ENOMEM;
	for (size_t i = 0; !err && i < phone->findings.count; i++) {
		const struct lint_finding *finding = &phone->findings.item[i];

		if (!strncasecmp(finding->file, LINT_DEFAULT_FILE, length) &&
		    finding->rule != LINT_NOT_PROVISIONED)
			err = lint_add(findings, finding->rule, finding->step, finding->file, finding->line,
				       "%s", finding->text);
	}
	if (phone)
		lint_phone_free(phone);
	free(phone);
	return err;
}
