#include "phone-sim/driver/prt.h"

#include <stdlib.h>
#include <string.h>

#include "phone-sim/driver/archive.h"
#include "phone-sim/driver/web_page.h"
#include "wire/phonexml.h"
#include "wire/trustlist.h"

#define CONFIG_ROOM (256 * 1024)

static void add_text(struct archive *archive, const char *name, struct text *text)
{
	archive->tar.failed = archive->tar.failed || text->failed;
	archive_add(archive, name, text->bytes ? text->bytes : "", text->length);
	text_free(text);
}

static void add_lines(struct archive *archive, const char *name, const json_t *lines)
{
	struct text text = {0};

	for (size_t i = 0; i < json_array_size(lines); i++)
		text_add(&text, "%s\n", json_string_value(json_array_get(lines, i)));
	add_text(archive, name, &text);
}

static void add_status(struct archive *archive, const json_t *status)
{
	char *json = json_dumps(status, JSON_INDENT(2));

	archive->tar.failed = archive->tar.failed || !json;
	archive_add(archive, "show-status.txt", json ? json : "", json ? strlen(json) : 0);
	free(json);
}

/* The configuration that the phone uses, without its passwords. */
static void add_config(struct archive *archive, const struct phone_view *view)
{
	struct phonexml_config *config = view->config ? malloc(sizeof(*config)) : NULL;
	char name[64], *out = config ? malloc(CONFIG_ROOM) : NULL;
	ssize_t size = -1;

	if (out) {
		*config = *view->config;
		for (unsigned i = 0; i < config->lines; i++)
			config->line[i].auth_password[0] = '\0';
		size = phonexml_config_encode(config, out, CONFIG_ROOM);
	}
	snprintf(name, sizeof(name), "%s.cnf.xml", view->name);
	if (size > 0)
		archive_add(archive, name, out, (size_t)size);
	free(out);
	free(config);
}

static void add_list(struct archive *archive, const char *name, const struct phone_list_view *list)
{
	struct trustlist *read = malloc(sizeof(*read));
	struct wire_error error = {0};
	struct text text = {0};

	if (!list->bytes)
		text_add(&text, "not installed\n");
	else if (!read || trustlist_decode(list->bytes, list->length, read, &error))
		text_add(&text, "cannot be read: %s\n", error.what ? error.what : "out of memory");
	else
		for (unsigned i = 0; i < read->records; i++)
			text_add(&text, "%u: %s, %s, %s\n", i + 1, trustlist_role_name(read->record[i].role),
				 *read->record[i].dns_name ? read->record[i].dns_name : "-",
				 read->record[i].subject);
	free(read);
	add_text(archive, name, &text);
}

void prt_make(struct prt *prt, const struct prt_source *source)
{
	static const char readme[] = "A problem report of a phone that phonelab simulates. What the archives "
				     "of real phones contain is not\n"
				     "public; the members of this archive are phonelab's.\n";
	struct archive archive = {.time = source->now};
	const struct phone_view *view = &source->pages->view;
	struct tm tm;

	text_free(&prt->file);
	localtime_r(&source->now, &tm);
	strftime(prt->name, sizeof(prt->name), "probrep-%Y%m%d-%H%M%S.tar.gz", &tm);
	archive_add(&archive, "README.txt", readme, sizeof(readme) - 1);
	archive_add(&archive, "description.txt", source->description, strlen(source->description));
	add_status(&archive, source->status);
	add_lines(&archive, "status-messages.txt", source->pages->messages);
	add_lines(&archive, "var/log/messages", source->pages->console);
	add_config(&archive, view);
	add_list(&archive, "CTLFile.txt", &view->ctl);
	add_list(&archive, "ITLFile.txt", &view->itl);
	archive_add(&archive, "network.txt", source->network, strlen(source->network));
	archive_finish(&archive, &prt->file);
}
