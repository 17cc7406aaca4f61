#include "cucm-service/driver/tvs_known.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cucm-service/driver/tls_context.h"
#include "cucm-service/driver/trace.h"
#include "wire/trustlist.h"

#define FOREIGN_MOST 64 /* files in the folder */

struct tvs_known {
	const struct config_list *files;
	const char *folder;
	struct tvs_store *store;
	uint64_t stamp; /* of all files as they were read */
	bool read;
};

/* Certificates of another cluster: its lists and its files may be signed by them. */
static const uint8_t foreign_roles[] = {TRUSTLIST_SAST, TRUSTLIST_TFTP};

struct tvs_known *tvs_known_new(const struct config_list *files, const char *folder)
{
	struct tvs_known *known = calloc(1, sizeof(*known));

	if (known)
		*known = (struct tvs_known){.files = files, .folder = folder};
	return known;
}

void tvs_known_free(struct tvs_known *known)
{
	if (!known)
		return;
	tvs_store_free(known->store);
	free(known);
}

/* --- have the files changed? --- */

/* FNV-1a over what changes with a file. */
static uint64_t mix(uint64_t stamp, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		stamp = (stamp ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
	return stamp;
}

static uint64_t mix_file(uint64_t stamp, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return mix(stamp, "-", 1);
	stamp = mix(stamp, &st.st_ino, sizeof(st.st_ino));
	stamp = mix(stamp, &st.st_size, sizeof(st.st_size));
	return mix(stamp, &st.st_mtim, sizeof(st.st_mtim));
}

typedef void path_fn(void *arg, const char *path);

static void each_foreign(const struct tvs_known *known, path_fn *each, void *arg)
{
	struct dirent **entries = NULL;
	int count = known->folder ? scandir(known->folder, &entries, NULL, alphasort) : 0;

	for (int i = 0, n = 0; i < count; i++) {
		size_t length = strlen(entries[i]->d_name);
		char path[1024];

		if (length > 4 && !strcmp(entries[i]->d_name + length - 4, ".pem") && n++ < FOREIGN_MOST &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", known->folder, entries[i]->d_name) <
			sizeof(path))
			each(arg, path);
		free(entries[i]);
	}
	free(entries);
}

static void stamp_path(void *arg, const char *path)
{
	uint64_t *stamp = arg;

	*stamp = mix_file(mix(*stamp, path, strlen(path)), path);
}

static uint64_t stamp_of(const struct tvs_known *known)
{
	const struct tvs_file *files = known->files->items;
	uint64_t stamp = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < known->files->count; i++)
		stamp = mix_file(stamp, files[i].file);
	each_foreign(known, stamp_path, &stamp);
	return stamp;
}

/* --- reading --- */

struct adding {
	struct tvs_store *store;
	const char *path;
	const uint8_t *roles;
	size_t count;
};

static void add_certificate(void *arg, X509 *certificate)
{
	const struct adding *adding = arg;
	int err = tvs_store_add(adding->store, certificate, adding->roles, adding->count);

	if (err)
		trace("CertificateDBCache: %s: %s", adding->path, strerror(-err));
}

static void add_file(struct adding *adding)
{
	struct fail fail = {0};
	int count = tls_context_read(adding->path, add_certificate, adding, &fail);

	if (count < 0)
		trace("CertificateDBCache: %s", fail.text);
	else if (!count)
		trace("CertificateDBCache: %s has no certificate", adding->path);
}

static void add_path(void *arg, const char *path)
{
	struct adding adding = {arg, path, foreign_roles, sizeof(foreign_roles)};

	add_file(&adding);
}

static void read_all(struct tvs_known *known, struct tvs_store *store)
{
	const struct tvs_file *files = known->files->items;

	for (size_t i = 0; i < known->files->count; i++) {
		const int64_t *numbers = files[i].roles.items;
		uint8_t roles[TVS_ROLES_MAX];
		struct adding adding = {store, files[i].file, roles, files[i].roles.count};

		for (size_t r = 0; r < files[i].roles.count; r++)
			roles[r] = (uint8_t)numbers[r];
		add_file(&adding);
	}
	each_foreign(known, add_path, store);
}

const struct tvs_store *tvs_known_store(struct tvs_known *known)
{
	uint64_t stamp = stamp_of(known);
	struct tvs_store *store;

	if (known->read && stamp == known->stamp)
		return known->store;
	store = tvs_store_new();
	if (!store)
		return known->store;
	read_all(known, store);
	tvs_store_free(known->store);
	known->store = store;
	known->stamp = stamp;
	known->read = true;
	trace("CertificateDBCache: %zu certificates", tvs_store_count(store));
	return store;
}
