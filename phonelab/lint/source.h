#ifndef PHONELAB_LINT_SOURCE_H
#define PHONELAB_LINT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "phone-sim/core/phone.h"

/* Where the files of phones come from: a folder, or a server. Files that were read are cached, up to LINT_CACHE_BYTES. */
#define LINT_CACHE_BYTES (32u * 1024 * 1024)
#define LINT_IMAGE_HEAD	 4096 /* bytes of an image that are read */
#define LINT_DETAIL	 160

/* The answer to one request, as a phone receives it. */
struct lint_file {
	enum phone_fetch_status status;
	int http_status; /* 0: none */
	uint8_t *bytes;	 /* NULL: none */
	size_t length;	 /* of bytes; of an image at most LINT_IMAGE_HEAD */
	uint64_t size;	 /* of the whole file */
	char detail[LINT_DETAIL];
};

/* What is requested. A phone that gets an error by HTTP asks again by TFTP: a source answers both alike. */
struct lint_want {
	const char *name; /* "SEP001122AABB01.cnf.xml" */
	uint64_t limit, timeout_us;
	bool image; /* only its beginning and its size are needed */
};

struct lint_cache;

/* The kind of a source: a struct of its own begins with this one. */
struct lint_source {
	/* Fill *file, which is 0; its bytes are allocated. Errors are answers too. */
	void (*get)(struct lint_source *source, const struct lint_want *want, struct lint_file *file);

	/* Is there an entry of that name, or NULL where that is unknown? Returns the name as the folder has it, which may
	 * differ in letter case; NULL: there is none. */
	const char *(*entry)(struct lint_source *source, const char *name);

	void (*free)(struct lint_source *source);
	char base[1024];  /* written in front of names: "tftpboot/", "http://10.0.0.3:6970/" */
	uint32_t address; /* of the file server, as the phone sees it */
	struct lint_cache *cache;
};

/* A folder. -ENOENT, -ENOTDIR or another errno. */
int lint_folder_open(struct lint_source **source, const char *path, struct fail *fail);

/* A server: "http://HOST[:PORT]/[PATH]" (default port 6970) or "tftp://HOST[:PORT]/" (69). -EINVAL: another form, or HOST is
 * unknown. */
int lint_server_open(struct lint_source **source, const char *url, struct fail *fail);

/* Did the server send an answer of any kind so far? */
bool lint_server_answered(const struct lint_source *source);

/* NULL is legal. */
void lint_source_free(struct lint_source *source);

/* Get a file, from the cache if it is there. The result is valid until the next call. NULL: memory is short. */
const struct lint_file *lint_source_get(struct lint_source *source, const struct lint_want *want);

/* A file in the form that people read: the payload if it is signed. NULL: it cannot be had. Valid as above. */
const char *lint_source_text(struct lint_source *source, const char *name, size_t *length);

/* Drop cached files whose names contain this text. */
void lint_source_forget(struct lint_source *source, const char *text);

/* --- folders only --- */

struct lint_entry {
	const char *name; /* from the folder: "German_Germany/sp-sip.jar" */
	bool asked;	  /* a phone has requested it */
};

/* Entry number i in ascending order, letter case ignored; NULL after the last. */
const struct lint_entry *lint_folder_entry(const struct lint_source *source, size_t i);

/* A phone has requested entry number i. */
void lint_folder_ask(struct lint_source *source, size_t i);

/* Not every entry was read: more than LINT_ENTRIES_MAX, or folders that cannot be read; the first reason, or NULL. */
#define LINT_ENTRIES_MAX 200000
#define LINT_DEPTH_MAX	 16
const char *lint_folder_incomplete(const struct lint_source *source);

#endif
