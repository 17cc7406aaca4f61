#include "tests/support/lab.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *lab_bin(const char *program, char path[512])
{
	const char *dir = getenv("PHONELAB_BIN");
	char self[400];

	if (dir) {
		snprintf(path, 512, "%s/%s", dir, program);
		return path;
	}
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		abort();
	self[n] = 0;
	/* B/tests/e2e/x_test -> B/bin */
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = 0;
	snprintf(path, 512, "%s/bin/%s", self, program);
	return path;
}

void lab_apart(void)
{
	if (!geteuid() && unshare(CLONE_NEWNET))
		fprintf(stderr, "tests: unshare: %s\n", strerror(errno));
}

void lab_begin(struct lab *lab, const char *label)
{
	const char *tmp = getenv("TMPDIR");

	*lab = (struct lab){0};
	snprintf(lab->name, sizeof(lab->name), "t-%.40s-%d", label, (int)getpid());
	snprintf(lab->dir, sizeof(lab->dir), "%.200s/phonelab-%s-XXXXXX", tmp ? tmp : "/tmp", label);
	if (!mkdtemp(lab->dir)) {
		perror(lab->dir);
		abort();
	}
	/* The reason why a lab ended is a file for its user; that of a test is nobody's. */
	setenv("XDG_RUNTIME_DIR", lab->dir, 1);
	snprintf(lab->capture, sizeof(lab->capture), "%s/boot.pcapng", lab->dir);
	snprintf(lab->rows, sizeof(lab->rows), "%s/boot.rows", lab->dir);
}

int lab_up(struct lab *lab, const char *topology, bool capture, int timeout_s, const char *const extra[],
	   int want)
{
	char bin[512], seconds[16];
	const char *argv[32] = {
	    lab_bin("phonelab", bin), "up", "-d", "--name", lab->name, "--timeout", seconds};
	int n = 7;

	/* Only a lab that is expected to come up may take longer on a busy machine. */
	snprintf(seconds, sizeof(seconds), "%d", want ? timeout_s : PATIENCE * timeout_s);
	if (capture) {
		argv[n++] = "--capture";
		argv[n++] = lab->capture;
	}
	for (int i = 0; extra && extra[i] && n < 30; i++)
		argv[n++] = extra[i];
	argv[n++] = topology;
	struct command_result up = command_run(timeout_s + 60, argv);
	lab->running = true;
	if (up.status != want)
		fprintf(stderr, "phonelab up: status %d after %.1f s, wanted %d\n%s%s\n", up.status,
			up.seconds, want, up.out, up.err);
	int status = up.status;
	command_free(&up);
	return status;
}

void lab_down(struct lab *lab)
{
	if (!lab->running)
		return;
	char bin[512];
	struct command_result down =
	    command_run(30, (const char *[]){lab_bin("phonelab", bin), "down", lab->name, NULL});
	lab->running = false;
	command_free(&down);
}

void lab_end(struct lab *lab)
{
	lab_down(lab);
	if (!lab->dir[0])
		return;
	struct command_result rm = command_run(30, (const char *[]){"rm", "-rf", lab->dir, NULL});
	command_free(&rm);
	lab->dir[0] = 0;
}

json_t *lab_status(const struct lab *lab)
{
	char bin[512];
	json_error_t error;
	struct command_result status =
	    command_run(20, (const char *[]){lab_bin("phonelab", bin), "status", lab->name, "--json", NULL});
	json_t *object = status.status == 0 ? json_loads(status.out, 0, &error) : NULL;

	if (!object)
		fprintf(stderr, "phonelab status: status %d: %s%s\n", status.status, status.err,
			status.status == 0 ? error.text : "");
	command_free(&status);
	return object;
}

json_t *lab_status_when(const struct lab *lab, int timeout_s, bool (*condition)(json_t *, void *), void *arg)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		json_t *status = lab_status(lab);
		if (status && condition(status, arg))
			return status;
		json_decref(status);
		poll(NULL, 0, 100);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < PATIENCE * timeout_s);
	return NULL;
}

struct command_result lab_exec(const struct lab *lab, const char *node, const char *format, ...)
{
	char bin[512], line[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return command_run(30, (const char *[]){lab_bin("phonelab", bin), "--lab", lab->name, "exec", node,
						"--", "sh", "-c", line, NULL});
}

struct command_result lab_command(const struct lab *lab, const char *format, ...)
{
	char bin[512], line[1024];
	const char *argv[48] = {lab_bin("phonelab", bin), "--lab", lab->name};
	int n = 3;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	for (char *word = strtok(line, " "); word && n < 47; word = strtok(NULL, " "))
		argv[n++] = word;
	return command_run(60, argv);
}

char *lab_read(const struct lab *lab, const char *path)
{
	/* Any node sees the run directory; the first server is as good as another. */
	struct command_result cat = lab_exec(lab, "dhcp", "cat /run/phonelab/%s", path);
	char *text = cat.status == 0 ? strdup(cat.out) : NULL;

	if (!text)
		fprintf(stderr, "cat /run/phonelab/%s: status %d: %s\n", path, cat.status, cat.err);
	command_free(&cat);
	return text;
}

int lines_with(const char *text, const char *const words[])
{
	int count = 0;

	for (const char *line = text; line && *line;) {
		const char *end = strchrnul(line, '\n');
		bool all = true;
		for (int i = 0; all && words[i]; i++)
			all = memmem(line, (size_t)(end - line), words[i], strlen(words[i])) != NULL;
		count += all;
		line = *end ? end + 1 : end;
	}
	return count;
}

json_t *status_phone(json_t *status, const char *name)
{
	size_t i;
	json_t *phone;

	json_array_foreach (json_object_get(status, "phones"), i, phone)
		if (!strcmp(member(phone, "name"), name))
			return phone;
	return NULL;
}

json_t *phone_step(json_t *phone, int step)
{
	size_t i;
	json_t *rung;

	json_array_foreach (json_object_get(phone, "steps"), i, rung)
		if (member_int(rung, "n") == step)
			return rung;
	return NULL;
}

const char *phone_step_state(json_t *phone, int step)
{
	return member(phone_step(phone, step), "state");
}

const char *member(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "(absent)";
}

long long member_int(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	return json_is_integer(value) ? json_integer_value(value) : -987654321;
}

const char *lab_write(struct lab *lab, const char *name, const char *text, char path[512])
{
	snprintf(path, 512, "%s/%s", lab->dir, name);
	FILE *file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file)) {
		perror(path);
		abort();
	}
	return path;
}
