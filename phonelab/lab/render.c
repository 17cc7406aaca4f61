#include "phonelab/lab/render.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event_log.h"
#include "base/file.h"
#include "cucm/cucm.h"
#include "phone-sim/driver/flash.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/node.h"
#include "phonelab/lab/plan.h"
#include "phonelab/lab/provision.h"

#define PATH_ROOM 600

static int write_json(const char *directory, const char *folder, const char *name, json_t *object,
		      struct fail *fail)
{
	char path[PATH_ROOM];
	int err;

	snprintf(path, sizeof(path), "%s/%s", directory, folder);
	err = file_make_directory(path, fail);
	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	if (!err)
		err = lab_file_json(directory, path, object, fail);
	json_decref(object);
	return err;
}

/* Flip a byte in the middle of the first image of a bank. */
static int damage_bank(const char *flash, const char *device, int bank, struct fail *fail)
{
	char folder[PATH_ROOM], path[PATH_ROOM + 300];
	struct dirent *entry;
	DIR *dir;
	int err = -ENOENT;

	snprintf(folder, sizeof(folder), "%s/%s/bank%d", flash, device, bank);
	dir = opendir(folder);
	if (!dir)
		return fail_set(fail, -errno, "%s: cannot be read: %s", folder, strerror(errno));
	while (err == -ENOENT && (entry = readdir(dir))) {
		struct stat st;
		char byte;
		int fd;

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "manifest.json"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!fstat(fd, &st) && st.st_size > 0 && pread(fd, &byte, 1, st.st_size / 2) == 1) {
			byte = (char)~byte;
			err = pwrite(fd, &byte, 1, st.st_size / 2) == 1 ? 0 : -EIO;
		}
		close(fd);
	}
	closedir(dir);
	if (err)
		return fail_set(fail, err, "%s: no image to damage", folder);
	return 0;
}

/* A new flash leaves the factory with the active load in bank 0. */
static int damage_flash(const struct topology *topology, const struct topology_phone *phone,
			const char *directory, struct fail *fail)
{
	const struct topology_phone_row *row = phone->row;
	char root[PATH_ROOM];
	struct flash *flash;
	int err;

	snprintf(root, sizeof(root), "%s/phones/flash", directory);
	err = file_make_directory(root, fail);
	if (!err)
		err = flash_open(&flash, root, phone->name, plan_active_load(topology, phone),
				 plan_inactive_load(phone), fail);
	if (err)
		return err;
	flash_close(flash);
	if (row->corrupt == TOPOLOGY_BANK_ACTIVE || row->corrupt == TOPOLOGY_BANK_BOTH)
		err = damage_bank(root, phone->name, 0, fail);
	if (!err && (row->corrupt == TOPOLOGY_BANK_INACTIVE || row->corrupt == TOPOLOGY_BANK_BOTH))
		err = damage_bank(root, phone->name, 1, fail);
	return err;
}

/* Each program of the user has a folder for its files. */
static int make_data(const struct topology *topology, const char *directory, struct fail *fail)
{
	struct node *nodes;
	size_t count;
	int err = node_list(topology, &nodes, &count, fail);

	for (size_t i = 0; i < count && !err; i++) {
		char path[PATH_ROOM];

		snprintf(path, sizeof(path), "%s/%s", directory, nodes[i].name);
		if (nodes[i].owner->run.at)
			err = file_make_directory(path, fail);
	}
	free(nodes);
	return err;
}

int render_lab(const struct topology *topology, const struct cucm_plan *plan, const char *directory,
	       struct fail *fail)
{
	char log[PATH_ROOM];
	int err;

	snprintf(log, sizeof(log), "%s/log", directory);
	err = file_make_directory(log, fail);
	for (size_t i = 0; i < topology->switches.n && !err; i++)
		err = write_json(directory, "switches", topology->switches.items[i].name,
				 plan_switch(topology, i), fail);
	if (!err)
		err = write_json(directory, "phones", "rack", plan_rack(topology), fail);
	for (size_t i = 0; i < topology->phone_count && !err; i++)
		if (topology->phones[i].row->corrupt != TOPOLOGY_BANK_NONE)
			err = damage_flash(topology, &topology->phones[i], directory, fail);
	if (!err)
		err = make_data(topology, directory, fail);
	/* Another closet than core has no servers. */
	if (!err && topology->cluster.nodes.n)
		err = cucm_render(plan, directory, fail);
	return err;
}

/* The event stream exists from the start, so that it can be followed before the first program of the lab runs. */
static int make_event_stream(const char *directory, struct fail *fail)
{
	struct event_log *events;
	char path[PATH_ROOM];
	int err;

	snprintf(path, sizeof(path), "%s/events.jsonl", directory);
	err = event_log_open(&events, path, fail);
	if (!err)
		event_log_close(events);
	return err;
}

int render_run(struct topology *topology, const char *name, const char *directory, struct fail *fail)
{
	struct cucm_plan plan = plan_cucm(topology);
	int err = topology_check_one_cluster(topology, fail);

	provision_recall(topology, &plan, directory);
	if (!err)
		err = render_lab(topology, &plan, directory, fail);
	if (!err)
		err = make_event_stream(directory, fail);
	/* The last file: when it is there, the directory is complete. */
	if (!err)
		err = lab_file_write(directory, name, topology, fail);
	return err;
}

int render_run_once(struct topology *topology, const char *name, const char *directory, struct fail *fail)
{
	char path[PATH_ROOM];
	int lock, err = file_make_directory(directory, fail);

	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/render.lock", directory);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX))
		err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	if (!err && !lab_file_same(directory, name, topology))
		err = render_run(topology, name, directory, fail);
	if (lock >= 0)
		close(lock);
	return err;
}
