#include "phonelab/lint/place.h"

#include <stdio.h>
#include <string.h>

void place_begin(struct place *place)
{
	place->files = 0;
}

/* The entry of a file, new if need be; when all are taken, the last one. */
static struct place_file *entry(struct place *place, const char *file)
{
	struct place_file *item;

	for (unsigned i = 0; i < place->files; i++)
		if (!strcmp(place->file[i].name, file))
			return &place->file[i];
	if (place->files < PLACE_FILES)
		place->files++;
	item = &place->file[place->files - 1];
	memset(item, 0, sizeof(*item));
	snprintf(item->name, sizeof(item->name), "%s", file);
	return item;
}

void place_got(struct place *place, const char *file)
{
	struct place_file *item = entry(place, file);

	item->got = true;
	item->missing = item->failed = false;
}

void place_missing(struct place *place, const char *file)
{
	entry(place, file)->missing = true;
}

void place_failed(struct place *place, const char *file)
{
	entry(place, file)->failed = true;
}

const char *place_real_name(const struct place *place, const char *file)
{
	size_t length = strlen(file);

	for (unsigned i = 0; i < place->files; i++)
		if (place->file[i].got && !strncmp(place->file[i].name, file, length) &&
		    !strcmp(place->file[i].name + length, ".sgn"))
			return place->file[i].name;
	return file;
}

void place_bad(struct place *place, const char *file, unsigned line)
{
	struct place_file *item = entry(place, place_real_name(place, file));

	item->bad = true;
	item->line = line;
}

const char *place_last(const struct place *place)
{
	for (unsigned i = place->files; i--;)
		if (place->file[i].got)
			return place->file[i].name;
	return "";
}

unsigned place_line(struct lint_source *source, const char *file, const char *text)
{
	size_t length;
	const char *bytes = *text && *file ? lint_source_text(source, file, &length) : NULL;
	const char *found = bytes ? memmem(bytes, length, text, strlen(text)) : NULL;
	unsigned line = 1;

	if (!found)
		return 0;
	while ((bytes = memchr(bytes, '\n', (size_t)(found - bytes)))) {
		bytes++;
		line++;
	}
	return line;
}

/* Where a file names a missing one: by its whole name, without the ending, or by its folder. False: nowhere. */
static bool named_in(struct lint_source *source, const char *file, const char *name,
		     struct place_found *found)
{
	size_t lengths[] = {strlen(name), strlen(name), strcspn(name, "/")};
	char text[PHONE_NAME_MAX];

	if (strrchr(name, '.'))
		lengths[1] = (size_t)(strrchr(name, '.') - name);
	for (size_t i = 0; i < 3 && !found->line; i++) {
		snprintf(text, sizeof(text), "%.*s", (int)lengths[i], name);
		found->line = place_line(source, file, text);
	}
	snprintf(found->file, sizeof(found->file), "%s", file);
	return found->line;
}

/* The same in the files of this step (a list of ringtones, of images), and in the configuration. */
static bool named(const struct place *place, struct lint_source *source, const char *config, const char *name,
		  struct place_found *found)
{
	for (unsigned i = place->files; i--;)
		if (place->file[i].got && named_in(source, place->file[i].name, name, found))
			return true;
	return named_in(source, config, name, found);
}

/* The file that the detail names, of those with a problem; else the last one with a problem. */
static const struct place_file *culprit(const struct place *place, const char *detail)
{
	const struct place_file *found = NULL;

	for (unsigned i = 0; i < place->files; i++) {
		const struct place_file *file = &place->file[i];

		if (file->bad)
			return file;
		if (!file->missing && !file->failed)
			continue;
		if (strstr(detail, file->name))
			return file;
		found = file;
	}
	return found && !place_last(place)[0] ? found : NULL;
}

/* Is the file there, although it cannot be used? */
static bool is_there(struct lint_source *source, const char *name)
{
	return !source->entry || source->entry(source, name);
}

struct place_found place_of(const struct place *place, struct lint_source *source, const char *config,
			    const char *detail)
{
	const struct place_file *file = culprit(place, detail);
	struct place_found found = {.line = 0};
	const char *last = place_last(place);

	if (file && file->bad) {
		snprintf(found.file, sizeof(found.file), "%s", file->name);
		found.line = file->line;
	} else if (file && (file->missing || !is_there(source, file->name))) {
		if (!named(place, source, config, file->name, &found))
			snprintf(found.file, sizeof(found.file), "%s",
				 *config ? config : place->file[0].name);
	} else {
		snprintf(found.file, sizeof(found.file), "%s", file ? file->name : *last ? last : config);
	}
	return found;
}
