/* Signatures: of signed files, and of the trust lists themselves. */
#include "phonelab/why/content_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/ladder.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/provision.h"
#include "phone-sim/core/certificate.h"
#include "phone-sim/core/trust.h"
#include "phonelab/why/condition.h"
#include "wire/trustlist.h"

/* How a file relates to the keys that the phone trusts. */
enum signer {
	SIGNER_UNKNOWN, /* no list has its key */
	SIGNER_KNOWN,	/* a list has its name, but the signature does not verify */
	SIGNER_GOOD,
};

/* The records of one list. signs: only keys that sign files; else the keys of signers of lists. *wrong: of a good signer,
 * "expired" or "not-yet-valid" by the clock of this machine, or NULL. */
static enum signer look_in(const uint8_t *bytes, size_t length, const struct trustlist_header *header,
			   const uint8_t *file, size_t size, bool signs, const char **wrong)
{
	enum signer found = SIGNER_UNKNOWN;
	struct trustlist list;

	if (!bytes || trustlist_decode(bytes, length, &list, NULL))
		return SIGNER_UNKNOWN;
	for (unsigned i = 0; i < list.records; i++) {
		const struct trustlist_record *record = &list.record[i];

		if (signs ? !trustlist_signs_files(record) : record->role != TRUSTLIST_SAST)
			continue;
		if (trust_verifies(header, file, size, record->public_key)) {
			*wrong = record->certificate.length
				     ? certificate_wrong(record->certificate, (int64_t)time(NULL))
				     : NULL;
			return SIGNER_GOOD;
		}
		if (!strcmp(record->subject, header->signer) &&
		    wire_slice_equal(record->serial, header->serial))
			found = SIGNER_KNOWN;
	}
	return found;
}

/* In flash, or if the phone has no list yet, the list of the server. */
static enum signer look(struct content *of, const struct trustlist_header *header, const uint8_t *file,
			size_t size, bool signs)
{
	static const char *const served[] = {"ITL", "CTL"};
	const struct lint_installed *installed = &of->installed;
	const char **wrong = &of->signer_wrong;
	enum signer found = look_in(installed->itl, installed->itl_length, header, file, size, signs, wrong),
		    other;

	if (found == SIGNER_GOOD)
		return found;
	other = look_in(installed->ctl, installed->ctl_length, header, file, size, signs, wrong);
	if (other > found)
		found = other;
	if (installed->itl || installed->ctl)
		return found;
	for (size_t i = 0; i < of->files && found != SIGNER_GOOD; i++) {
		const struct content_file *list = &of->file[i];

		if (list->refused || (strncmp(list->name, served[0], 3) && strncmp(list->name, served[1], 3)))
			continue;
		other = look_in(list->bytes, list->length, header, file, size, signs, wrong);
		if (other > found)
			found = other;
	}
	return found;
}

static void put_signer(json_t *fact, const struct trustlist_header *header)
{
	fact_value(fact, "signer", "%s", header->signer);
}

/* The phone has refused a signer by its own clock: what does the clock of this machine say? */
static void check_date(struct content *of, const struct content_file *file,
		       const struct trustlist_header *header)
{
	const char *wrong = of->signer_wrong;
	char object[180];
	json_t *fact;

	if (of->kept || !condition_find("trust.expired|trust.not_yet_valid", of->facts, NULL))
		return;
	snprintf(object, sizeof(object), "file %s", file->plain);
	fact = fact_add(of->facts, wrong ? "certificate.signer_invalid" : "certificate.signer_valid", object,
			file->step, file->name,
			"the certificate of %s, the signer of %s, %s by the clock of this machine",
			header->signer, file->name,
			!wrong			    ? "is valid"
			: !strcmp(wrong, "expired") ? "has expired"
						    : "is not valid yet");
	put_signer(fact, header);
}

/* The file of which FILE.sgn was made has another content now. */
static void check_stale(struct content *of, struct content_file *file)
{
	struct wire_slice payload = content_payload(file);
	char path[CONTENT_PATH + 200], *plain = NULL;
	struct fail ignored = {0};
	size_t length = 0;

	snprintf(path, sizeof(path), "%s%s", of->root, file->plain);
	if (file_read(path, CONTENT_MOST, &plain, &length, &ignored))
		return;
	if (length != payload.length || memcmp(plain, payload.data, length))
		content_put(of, file, "content.signature_stale", file->step, 0,
			    "%s does not have the content of %s", file->name, file->plain);
	free(plain);
}

static void check_signed(struct content *of, struct content_file *file)
{
	const char *slash = strrchr(file->name, '/'), *name = slash ? slash + 1 : file->name;
	struct trustlist_header header;
	struct wire_slice payload;
	struct wire_error error;
	json_t *fact;

	if (!sgn_is_signed(file->bytes, file->length)) {
		if (!file->wrong)
			content_put(of, file, "content.unsigned", file->step, 0,
				    "%s does not begin with the header of a signed file", file->name);
		return;
	}
	if (sgn_decode(file->bytes, file->length, &header, &payload, &error)) {
		content_put(of, file, "content.signature_damaged", file->step, 0,
			    "the header of %s is broken: %s at octet %zu", file->name, error.what,
			    error.offset + 1);
		return;
	}
	switch (look(of, &header, file->bytes, file->length, true)) {
	case SIGNER_UNKNOWN:
		/* It follows from the list that the phone installs now. */
		if (of->other_cluster && !of->installed.itl && !of->installed.ctl) {
			file->wrong = file->damaged = true;
			return;
		}
		fact = content_put(of, file, "content.signature_other_key", file->step, 0,
				   "%s is signed by %s, whose key is in no trust list of the phone",
				   file->name, *header.signer ? header.signer : "an unnamed signer");
		put_signer(fact, &header);
		break;
	case SIGNER_KNOWN:
		fact = content_put(of, file, "content.signature_damaged", file->step, 0,
				   "%s was changed after %s had signed it", file->name, header.signer);
		put_signer(fact, &header);
		break;
	case SIGNER_GOOD:
		check_date(of, file, &header);
		if (strcmp(file->name, file->plain))
			check_stale(of, file);
		break;
	}
	if (*header.file_name && strcmp(header.file_name, name)) {
		fact = content_put(of, file, "content.signature_other_name", file->step, 0,
				   "%s was signed as %s", file->name, header.file_name);
		fact_value(fact, "found", "%s", header.file_name);
	}
}

/* Is this signed file by a signer that the list does not have? False if there is no such file. */
static bool is_strange(const struct content *of, const struct content_file *list, const char *name)
{
	char path[CONTENT_PATH + 200], *bytes = NULL;
	struct trustlist_header header;
	struct wire_slice payload;
	struct fail ignored = {0};
	size_t length = 0;
	const char *ignored_date;
	bool strange;

	snprintf(path, sizeof(path), "%s%s", of->root, name);
	if (file_read(path, CONTENT_MOST, &bytes, &length, &ignored))
		return false;
	strange = !sgn_decode(bytes, length, &header, &payload, NULL) &&
		  look_in(list->bytes, list->length, &header, (const uint8_t *)bytes, length, true,
			  &ignored_date) == SIGNER_UNKNOWN;
	free(bytes);
	return strange;
}

/* A phone without a trust list installs the one of the server. If files that all phones request are signed by another
 * cluster than the list, the list is the one that does not belong there. */
static bool is_foreign(const struct content *of, const struct content_file *list)
{
	return !of->installed.itl && !of->installed.ctl && !of->kept &&
	       is_strange(of, list, "XMLDefault.cnf.xml.sgn");
}

static void put_other_cluster(struct content *of, struct content_file *file, const char *signer,
			      const char *against)
{
	json_t *fact = content_put(of, file, "content.trust_other_cluster", file->step, 0,
				   "%s is signed by %s, %s", file->name, signer, against);

	fact_value(fact, "signer", "%s", signer);
	of->other_cluster = true;
}

/* Is the lab known, and its cluster in mixed mode? */
static bool is_mixed(const struct content *of)
{
	struct fail ignored = {0};
	struct topology *topology = lab_file_intended(of->it->directory, &ignored);
	bool mixed = topology && provision_is_mixed(topology, of->it->directory);

	topology_free(topology);
	return mixed;
}

static void check_list(struct content *of, struct content_file *file)
{
	const struct trustlist_record *signer;
	struct wire_error error;
	struct trustlist list;
	json_t *fact;

	if (file->step == LADDER_CTL && !is_mixed(of))
		content_put(of, file, "content.ctl", file->step, 0,
			    "%s is there: only a cluster in mixed mode has one", file->name);
	if (!file->length)
		return;
	if (trustlist_decode(file->bytes, file->length, &list, &error)) {
		content_put(of, file, "content.malformed", file->step, 0,
			    "%s is no trust list: %s at octet %zu", file->name, error.what, error.offset + 1);
		return;
	}
	signer = trustlist_signer(&list);
	if (!signer || !trust_verifies(&list.header, file->bytes, file->length, signer->public_key)) {
		fact = content_put(of, file, "content.signature_damaged", file->step, 0,
				   signer ? "%s was changed after %s had signed it"
					  : "%s has no record of its signer %s",
				   file->name, list.header.signer);
		put_signer(fact, &list.header);
	} else if ((of->installed.itl || of->installed.ctl) &&
		   look(of, &list.header, file->bytes, file->length, false) != SIGNER_GOOD) {
		put_other_cluster(of, file, list.header.signer,
				  "whose key is not in the trust list that the phone has installed");
	} else if (of->installed.itl || of->installed.ctl) {
		check_date(of, file, &list.header);
	} else if (is_foreign(of, file)) {
		put_other_cluster(of, file, list.header.signer,
				  "and the files of the server by another cluster");
	}
}

void content_check_signature(struct content *of, struct content_file *file)
{
	const char *end = strrchr(file->name, '.');
	/* The list of a load is signed in itself; a phone without a trust list reads one without a signature. */
	bool load =
	    end && !strcmp(end, ".loads") && file->refused && sgn_is_signed(file->bytes, file->length);

	if (strcmp(file->name, file->plain) || load)
		check_signed(of, file);
	else if (file->step == LADDER_CTL || file->step == LADDER_ITL)
		check_list(of, file);
}
