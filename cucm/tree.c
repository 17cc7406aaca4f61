#include "cucm/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "cucm/sign.h"

const char *guid_format(const char *kind, const char *name, char out[GUID_TEXT])
{
	char word[512];
	struct rng rng;
	uint64_t high, low;

	snprintf(word, sizeof(word), "%s/%s", kind, name);
	rng_seed(&rng, 0, word);
	high = rng_next(&rng);
	low = rng_next(&rng);
	snprintf(out, GUID_TEXT, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
		 (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xffff, (unsigned)(low >> 48),
		 (unsigned long long)(low & 0xffffffffffffULL));
	return out;
}

int tree_open(struct tree *tree, const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	char common_name[256];
	int err;

	*tree = (struct tree){.plan = plan, .fail = fail};
	if ((size_t)snprintf(tree->root, sizeof(tree->root), "%s/tftp/root", directory) >= sizeof(tree->root))
		return fail_set(fail, -ENAMETOOLONG, "%.64s..: path too long", directory);
	err = file_make_directory(tree->root, fail);
	if (err)
		return err;
	snprintf(common_name, sizeof(common_name), "%.60s.%.60s", plan->nodes[0].name,
		 cucm_plan_domain(plan));
	return cucm_keys_open(&tree->keys, directory, common_name, fail);
}

void tree_close(struct tree *tree)
{
	cucm_keys_close(tree->keys);
	tree->keys = NULL;
}

static int tree_path(struct tree *tree, const char *name, const char *suffix, char path[4096])
{
	const char *slash = strchr(name, '/');

	if ((size_t)snprintf(path, 4096, "%s/%s%s", tree->root, name, suffix) >= 4096)
		return fail_set(tree->fail, -ENAMETOOLONG, "%.64s..: path too long", name);
	if (slash) {
		char folder[4096];

		snprintf(folder, sizeof(folder), "%s/%.*s", tree->root, (int)(slash - name), name);
		return file_make_directory(folder, tree->fail);
	}
	return 0;
}

int tree_put(struct tree *tree, const char *name, const void *bytes, size_t size)
{
	char path[4096];
	int err;

	if (tree->each)
		return tree->each(tree->arg, name, bytes, size);
	err = tree_path(tree, name, "", path);
	return err ? err : file_write(path, bytes, size, tree->fail);
}

/* Does the file contain exactly these bytes? */
static bool file_contains(const char *path, const void *bytes, size_t size)
{
	struct fail ignored = {0};
	size_t length = 0;
	char *found;
	bool same;

	if (file_read(path, size, &found, &length, &ignored))
		return false;
	same = length == size && !memcmp(found, bytes, size);
	free(found);
	return same;
}

int tree_put_signed(struct tree *tree, const char *name, const void *bytes, size_t size)
{
	char path[4096], signed_path[4096], signed_name[256];
	struct text sealed = {0};
	int err;

	if (tree->each)
		return tree->each(tree->arg, name, bytes, size);
	err = tree_path(tree, name, "", path);
	if (!err)
		err = tree_path(tree, name, ".sgn", signed_path);
	if (err)
		return err;
	if (file_contains(path, bytes, size) && !access(signed_path, R_OK))
		return 0;
	snprintf(signed_name, sizeof(signed_name), "%s.sgn", name);
	err = cucm_sign(tree->keys, signed_name, bytes, size, &sealed, tree->fail);
	if (!err)
		err = file_write_text(signed_path, &sealed, tree->fail);
	text_free(&sealed);
	return err ? err : file_write(path, bytes, size, tree->fail);
}

int tree_put_xml(struct tree *tree, const char *name, const void *bytes, ssize_t size)
{
	if (size < 0)
		return fail_set(tree->fail, (int)size, "%s: cannot be written as XML: %s", name,
				strerror((int)-size));
	return tree_put_signed(tree, name, bytes, (size_t)size);
}

int tree_put_text(struct tree *tree, const char *name, struct text *text)
{
	int err = text->failed ? fail_set(tree->fail, -ENOMEM, "out of memory")
			       : tree_put_signed(tree, name, text->bytes, text->length);

	text_free(text);
	return err;
}

int tree_remove(struct tree *tree, const char *name)
{
	static const char *const suffix[] = {"", ".sgn"};

	for (size_t i = 0; i < 2 && !tree->each; i++) {
		char path[4096];
		int err = tree_path(tree, name, suffix[i], path);

		if (err)
			return err;
		if (unlink(path) && errno != ENOENT)
			return fail_set(tree->fail, -errno, "%s: %s", path, strerror(errno));
	}
	return 0;
}
