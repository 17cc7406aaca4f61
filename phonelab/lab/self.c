#include "phonelab/lab/self.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void self_folder(char *text, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", text, size - 1);
	char *slash;

	text[n > 0 ? n : 0] = 0;
	slash = strrchr(text, '/');
	if (slash)
		*slash = 0;
	else
		snprintf(text, size, ".");
}

int self_check(struct fail *fail)
{
	static const char *const programs[] = {"switch-sim", "phone-sim", "cable", "cucm-service"};
	char folder[512], path[600];

	self_folder(folder, sizeof(folder));
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, programs[i]);
		if (access(path, X_OK))
			return fail_set(fail, -ENOENT,
					"%s is missing beside this program; build it with make", path);
	}
	return 0;
}

bool self_find_program(const char *name, char path[SELF_PROGRAM])
{
	static const char *const folders[] = {"/usr/local/sbin", "/usr/sbin", "/sbin",
					      "/usr/local/bin",	 "/usr/bin",  "/bin"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, SELF_PROGRAM, "%s/%s", folders[i], name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}
