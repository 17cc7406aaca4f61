#include "phonelab/document/file_id.h"

#include <string.h>

bool file_id_is_file(const char *word)
{
	return strchr(word, '/') || strstr(word, ".yaml") || strstr(word, ".yml");
}

const char *file_id_split(const char *word, char path[PATH_MAX])
{
	const char *hash = strrchr(word, '#');
	size_t length = hash ? (size_t)(hash - word) : strlen(word);

	if (length >= PATH_MAX)
		length = PATH_MAX - 1; /* open() reports a path of this length */
	memcpy(path, word, length);
	path[length] = '\0';
	return hash ? hash + 1 : NULL;
}
