/* A folder as a TFTP or HTTP server would serve it. */
#include "phonelab/lint/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/ipv4.h"

#define FILE_SERVER 0xc0000245 /* 192.0.2.69: a documentation address (RFC 5737) */

struct folder {
	struct lint_source source;
	int fd;
	struct lint_entry *entry; /* sorted, letter case ignored */
	size_t entries, room;
	char incomplete[300];
	struct {
		dev_t device;
		ino_t inode;
	} above[LINT_DEPTH_MAX]; /* the folders around the one that is read */
};

/* --- the list of entries --- */

static void note_incomplete(struct folder *folder, const char *what, const char *why)
{
	if (!folder->incomplete[0])
		snprintf(folder->incomplete, sizeof(folder->incomplete), "%.200s: %.90s", what, why);
}

/* name is taken over. False: the list is full. */
static bool add(struct folder *folder, char *name)
{
	struct lint_entry *grown = folder->entry;

	if (!name)
		return false;
	if (folder->entries >= LINT_ENTRIES_MAX) {
		note_incomplete(folder, name, "more than 200000 files; this one and later ones are not read");
		free(name);
		return false;
	}
	if (folder->entries == folder->room) {
		folder->room = folder->room ? 2 * folder->room : 256;
		grown = realloc(folder->entry, folder->room * sizeof(*grown));
	}
	if (!grown) {
		note_incomplete(folder, name, strerror(ENOMEM));
		free(name);
		return false;
	}
	folder->entry = grown;
	folder->entry[folder->entries++] = (struct lint_entry){.name = name};
	return true;
}

/* A link may lead to a folder around this one. */
static bool is_above(const struct folder *folder, unsigned depth, const struct stat *status)
{
	for (unsigned i = 0; i < depth; i++)
		if (folder->above[i].device == status->st_dev && folder->above[i].inode == status->st_ino)
			return true;
	return false;
}

static bool read_entries(struct folder *folder, int fd, const char *prefix, unsigned depth);

static bool read_entry(struct folder *folder, int fd, const char *prefix, unsigned depth, const char *entry)
{
	struct stat status;
	bool is_folder = !fstatat(fd, entry, &status, 0) && S_ISDIR(status.st_mode), more = true;
	char *name;
	int below;

	if (asprintf(&name, "%s%s%s", prefix, entry, is_folder ? "/" : "") < 0)
		return false;
	if (!is_folder)
		return add(folder, name);
	/* A folder in place of a phone's file. */
	if (strcasestr(entry, ".cnf.xml") && !add(folder, strndup(name, strlen(name) - 1)))
		return false;
	if (depth < LINT_DEPTH_MAX && !is_above(folder, depth, &status)) {
		below = openat(fd, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		folder->above[depth].device = status.st_dev;
		folder->above[depth].inode = status.st_ino;
		if (below < 0)
			note_incomplete(folder, name, strerror(errno));
		else
			more = read_entries(folder, below, name, depth + 1);
	}
	free(name);
	return more;
}

/* The entries of one folder and of those below it. fd is closed. False: no further entry can be added. */
static bool read_entries(struct folder *folder, int fd, const char *prefix, unsigned depth)
{
	DIR *list = fdopendir(fd);
	const struct dirent *entry;
	bool more = true;

	if (!list) {
		close(fd);
		return false;
	}
	while (more && (entry = readdir(list)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			more = read_entry(folder, dirfd(list), prefix, depth, entry->d_name);
	closedir(list);
	return more;
}

static int by_name(const void *a, const void *b)
{
	const struct lint_entry *x = a, *y = b;
	int order = strcasecmp(x->name, y->name);

	return order ? order : strcmp(x->name, y->name);
}

/* The first entry that is not before name, letter case ignored. */
static size_t place_of(const struct folder *folder, const char *name)
{
	size_t low = 0, high = folder->entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcasecmp(folder->entry[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct lint_entry *find(const struct folder *folder, const char *name)
{
	struct lint_entry *other = NULL;

	for (size_t i = place_of(folder, name); i < folder->entries; i++) {
		struct lint_entry *entry = &folder->entry[i];

		if (strcasecmp(entry->name, name))
			break;
		if (!strcmp(entry->name, name))
			return entry;
		other = other ? other : entry;
	}
	return other;
}

static const char *entry_named(struct lint_source *source, const char *name)
{
	const struct lint_entry *entry = find((const struct folder *)source, name);

	return entry ? entry->name : NULL;
}

const struct lint_entry *lint_folder_entry(const struct lint_source *source, size_t i)
{
	const struct folder *folder = (const struct folder *)source;

	return i < folder->entries ? &folder->entry[i] : NULL;
}

void lint_folder_ask(struct lint_source *source, size_t i)
{
	struct folder *folder = (struct folder *)source;

	if (i < folder->entries)
		folder->entry[i].asked = true;
}

const char *lint_folder_incomplete(const struct lint_source *source)
{
	const struct folder *folder = (const struct folder *)source;

	return folder->incomplete[0] ? folder->incomplete : NULL;
}

/* --- files --- */

static void refuse(struct lint_file *file, const char *why)
{
	file->status = PHONE_FETCH_REFUSED;
	snprintf(file->detail, sizeof(file->detail), "cannot be read: %.120s", why);
}

/* A server does not serve what is outside its folder. */
static bool leads_out(const char *name)
{
	for (const char *at = name; *at; at += strspn(at, "/")) {
		size_t length = strcspn(at, "/");

		if (length == 2 && !strncmp(at, "..", 2))
			return true;
		at += length;
	}
	return false;
}

/* Read a whole file, or the beginning of an image. */
static void read_bytes(int fd, const struct stat *status, const struct lint_want *want,
		       struct lint_file *file)
{
	size_t size = (size_t)status->st_size;

	if (want->image && size > LINT_IMAGE_HEAD)
		size = LINT_IMAGE_HEAD;
	file->bytes = malloc(size + 1);
	if (!file->bytes) {
		refuse(file, strerror(ENOMEM));
		return;
	}
	while (file->length < size) {
		ssize_t n = read(fd, file->bytes + file->length, size - file->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		file->length += (size_t)n;
	}
	if (file->length < size) {
		refuse(file, "it became shorter");
		return;
	}
	file->status = PHONE_FETCH_OK;
	file->size = (uint64_t)status->st_size;
}

static void get_from(int fd, const struct lint_want *want, struct lint_file *file)
{
	struct stat status;

	if (fstat(fd, &status))
		refuse(file, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		refuse(file, "it is a folder");
	else if (!S_ISREG(status.st_mode))
		refuse(file, "it is no regular file");
	else if ((uint64_t)status.st_size > want->limit) {
		file->status = PHONE_FETCH_TOO_LARGE;
		snprintf(file->detail, sizeof(file->detail), "%llu bytes, phones accept up to %llu",
			 (unsigned long long)status.st_size, (unsigned long long)want->limit);
	} else {
		read_bytes(fd, &status, want, file);
	}
}

static void get(struct lint_source *source, const struct lint_want *want, struct lint_file *file)
{
	struct folder *folder = (struct folder *)source;
	const char *name = want->name + strspn(want->name, "/");
	struct lint_entry *entry = find(folder, name);
	bool listed = entry && !strcmp(entry->name, name);
	int fd;

	if (listed)
		entry->asked = true;
	if (leads_out(name)) {
		refuse(file, "the name leads out of the folder");
		return;
	}
	fd = *name ? openat(folder->fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd >= 0) {
		get_from(fd, want, file);
		close(fd);
	} else if (!*name || ((errno == ENOENT || errno == ENOTDIR) && !listed)) {
		file->status = PHONE_FETCH_NOT_FOUND;
		file->http_status = 404;
	} else {
		refuse(file, errno == ENOENT ? "it is a symbolic link to a file that does not exist"
					     : strerror(errno));
	}
}

static void folder_free(struct lint_source *source)
{
	struct folder *folder = (struct folder *)source;

	for (size_t i = 0; i < folder->entries; i++)
		free((char *)(uintptr_t)folder->entry[i].name);
	free(folder->entry);
	if (folder->fd >= 0)
		close(folder->fd);
	free(folder);
}

/* "./tftpboot//" is written as "tftpboot/". */
static void set_base(struct folder *folder, const char *path)
{
	char *base = folder->source.base;
	size_t length;

	while (!strncmp(path, "./", 2))
		path += 2 + strspn(path + 2, "/");
	snprintf(base, sizeof(folder->source.base) - 1, "%s", strcmp(path, ".") ? path : "");
	length = strlen(base);
	while (length > 1 && base[length - 1] == '/')
		length--;
	if (length && base[length - 1] != '/')
		base[length++] = '/';
	base[length] = '\0';
}

int lint_folder_open(struct lint_source **source, const char *path, struct fail *fail)
{
	struct folder *folder = calloc(1, sizeof(*folder));
	struct stat status;
	int below;

	if (!folder)
		return fail_set(fail, -ENOMEM, "out of memory");
	folder->source = (struct lint_source){
	    .get = get, .entry = entry_named, .free = folder_free, .address = FILE_SERVER};
	set_base(folder, path);
	folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	below = folder->fd < 0 ? -1 : openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (below < 0 || fstat(below, &status)) {
		int err =
		    fail_set(fail, -errno,
			     "%s: %s (expected the folder that the TFTP or HTTP server of the phones serves)",
			     path, strerror(errno));

		folder_free(&folder->source);
		return err;
	}
	folder->above[0].device = status.st_dev;
	folder->above[0].inode = status.st_ino;
	read_entries(folder, below, "", 1);
	if (folder->entries)
		qsort(folder->entry, folder->entries, sizeof(*folder->entry), by_name);
	*source = &folder->source;
	return 0;
}
