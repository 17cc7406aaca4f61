#include "cucm/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cucm/encrypt.h"
#include "cucm/sign.h"

int tree_open(struct tree *tree, const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	char common_name[256];
	int err;

	*tree = (struct tree){.plan = plan, .directory = directory, .fail = fail};
	if ((size_t)snprintf(tree->root, sizeof(tree->root), "%s/tftp/root", directory) >= sizeof(tree->root))
		return fail_set(fail, -ENAMETOOLONG, "%.64s..: path too long", directory);
	err = file_make_directory(tree->root, fail);
	if (err)
		return err;
	snprintf(common_name, sizeof(common_name), "%.60s.%.60s", plan->nodes[0].name,
		 cucm_plan_domain(plan));
	err = cucm_keys_open(&tree->keys, directory, common_name, fail);
	return err ? err : trust_open(&tree->trust, plan, directory, tree->keys, fail);
}

void tree_close(struct tree *tree)
{
	trust_close(tree->trust);
	cucm_keys_close(tree->keys);
	tree->trust = NULL;
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
	if (!tree->sign_anew && file_contains(path, bytes, size) && !access(signed_path, R_OK))
		return 0;
	snprintf(signed_name, sizeof(signed_name), "%s.sgn", name);
	err = cucm_sign(tree->keys, signed_name, bytes, size, &sealed, tree->fail);
	if (!err)
		err = file_write_text(signed_path, &sealed, tree->fail);
	text_free(&sealed);
	return err ? err : file_write(path, bytes, size, tree->fail);
}

int tree_put_encrypted(struct tree *tree, const char *name, X509 *certificate, const void *bytes, size_t size)
{
	char path[4096], sealed_name[256];
	struct text sealed = {0};
	int err;

	if (tree->each)
		return 0;
	snprintf(sealed_name, sizeof(sealed_name), "%s.enc.sgn", name);
	err = tree_path(tree, sealed_name, "", path);
	if (!err)
		err = cucm_encrypt(tree->keys, sealed_name, certificate, bytes, size, &sealed, tree->fail);
	if (!err)
		err = file_write_text(path, &sealed, tree->fail);
	text_free(&sealed);
	return err;
}

int tree_remove_encrypted(struct tree *tree, const char *name)
{
	char path[4096];
	int err = tree->each ? 0 : tree_path(tree, name, ".enc.sgn", path);

	if (tree->each || err)
		return err;
	if (unlink(path) && errno != ENOENT)
		return fail_set(tree->fail, -errno, "%s: %s", path, strerror(errno));
	return 0;
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
	static const char *const suffix[] = {"", ".sgn", ".enc.sgn"};

	for (size_t i = 0; i < 3 && !tree->each; i++) {
		char path[4096];
		int err = tree_path(tree, name, suffix[i], path);

		if (err)
			return err;
		if (unlink(path) && errno != ENOENT)
			return fail_set(tree->fail, -errno, "%s: %s", path, strerror(errno));
	}
	return 0;
}
