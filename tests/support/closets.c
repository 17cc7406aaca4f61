#include "tests/support/closets.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const closets_names[CLOSETS_MOST] = {"core", "closet1", "closet2"};
const char *const closets_switches[CLOSETS_MOST] = {"dist", "floor1", "floor2"};

void closets_name(const struct closets *it, int side, char name[80])
{
	snprintf(name, 80, "%s-%s", it->lab.name, closets_names[side]);
}

void closets_address(int side, char text[20])
{
	snprintf(text, 20, "10.77.0.%d", side + 1);
}

static int status_of(struct command_result result)
{
	int status = result.status;

	if (status)
		fprintf(stderr, "%s%s", result.out, result.err);
	command_free(&result);
	return status;
}

/* Core has one address, at all its links. */
static int make_link(const struct closets *it, int side)
{
	char core[20], own[20];

	closets_address(CLOSETS_CORE, core);
	closets_address(side, own);
	return status_of(command_sh(
	    10,
	    "set -e; core=%s-core own=%s-%s\n"
	    "ip -n $core link add to%d mtu 1450 type veth peer name eth0 mtu 1450 netns $own\n"
	    "ip -n $core link set to%d up; ip -n $own link set eth0 up\n"
	    "ip -n $core addr add %s peer %s dev to%d; ip -n $own addr add %s peer %s dev eth0",
	    it->lab.name, it->lab.name, closets_names[side], side, side, core, own, side, own, core));
}

static int make_network(const struct closets *it)
{
	int status = 0;

	for (int side = 0; side < it->sides && !status; side++) {
		char name[80];

		closets_name(it, side, name);
		status = status_of(command_sh(10, "ip netns add %s && ip -n %s link set lo up", name, name));
		if (!status && side != CLOSETS_CORE)
			status = make_link(it, side);
	}
	return status;
}

static int write_files(const struct closets *it)
{
	char core[20];

	closets_address(CLOSETS_CORE, core);
	return status_of(command_sh(
	    10,
	    "sed 's/^  - {name: closet1, /  - {name: core, address: %s}\\n&/' topologies/campus.yaml >%s && "
	    "grep -c 'name: core,' %s && echo 'key_log: true' >>%s && echo 'secret of this test' >%s/secret",
	    core, it->file, it->file, it->file, it->lab.dir));
}

int closets_begin(struct closets *it, const char *label, int sides, int phones)
{
	it->sides = sides;
	it->phones = phones;
	lab_begin(&it->lab, label);
	lab_bin("phonelab", it->bin);
	snprintf(it->file, sizeof(it->file), "%s/campus.yaml", it->lab.dir);
	return make_network(it) || write_files(it);
}

void closets_end(struct closets *it)
{
	for (int side = it->sides - 1; side >= 0; side--) {
		struct command_result removed;
		char name[80];

		closets_down(it, side);
		closets_name(it, side, name);
		removed = command_sh(10, "ip netns del %s", name);
		command_free(&removed);
	}
	lab_end(&it->lab);
}

struct command_result closets_run(const struct closets *it, int side, int timeout_s, const char *args)
{
	char netns[80];

	closets_name(it, side, netns);
	return command_sh(timeout_s, "export PHONELAB_TRUNK_SECRET_FILE=%s/secret; ip netns exec %s %s %s",
			  it->lab.dir, netns, it->bin, args);
}

pid_t closets_start(const struct closets *it, int side, const char *log, const char *args)
{
	char netns[80], line[2000], path[400];
	const char *argv[] = {"sh", "-c", line, NULL};

	closets_name(it, side, netns);
	snprintf(line, sizeof(line),
		 "cd %s && export PHONELAB_TRUNK_SECRET_FILE=%s/secret && exec ip netns exec %s %s %s",
		 it->lab.dir, it->lab.dir, netns, it->bin, args);
	snprintf(path, sizeof(path), "%s/%s", it->lab.dir, log);
	return command_start(argv, path);
}

static void up_args(const struct closets *it, int side, int timeout_s, char args[1000])
{
	char name[80];

	closets_name(it, side, name);
	snprintf(args, 1000, "up -d --closet %s --name %s --phones %d --timeout %d %s", closets_names[side],
		 name, it->phones, timeout_s, it->file);
}

struct command_result closets_up(const struct closets *it, int side, int timeout_s)
{
	char args[1000];

	up_args(it, side, timeout_s, args);
	return closets_run(it, side, timeout_s + 30, args);
}

pid_t closets_up_start(const struct closets *it, int side, int timeout_s)
{
	char args[1000], log[100];

	up_args(it, side, timeout_s, args);
	snprintf(log, sizeof(log), "up-%s", closets_names[side]);
	return closets_start(it, side, log, args);
}

void closets_down(const struct closets *it, int side)
{
	struct command_result result;
	char args[200], name[80];

	closets_name(it, side, name);
	snprintf(args, sizeof(args), "down %s", name);
	result = closets_run(it, side, 30, args);
	command_free(&result);
}

struct command_result closets_exec(const struct closets *it, int side, const char *node, const char *line)
{
	char args[600], name[80];

	closets_name(it, side, name);
	snprintf(args, sizeof(args), "--lab %s exec %s -- sh -c \"%s\"", name, node, line);
	return closets_run(it, side, 20, args);
}

int closets_registered_since(const struct closets *it, long since)
{
	struct command_result table = closets_exec(it, CLOSETS_CORE, "cucm-pub",
						   "kamcmd -s unixs:/run/phonelab/cucm/cucm-pub/ctl ul.dump");
	static const char key[] = "Last-Modified:";
	int n = 0;

	for (const char *at = table.out; (at = strstr(at, key)); at += sizeof(key) - 1)
		n += strtol(at + sizeof(key) - 1 + strspn(at + sizeof(key) - 1, ": "), NULL, 10) >= since;
	command_free(&table);
	return n;
}

int closets_registered_within(const struct closets *it, int seconds, int wanted, long since)
{
	int n = closets_registered_since(it, since);

	for (int waited = 0; n != wanted && waited < seconds * PATIENCE * 5; waited++) {
		poll(NULL, 0, 200);
		n = closets_registered_since(it, since);
	}
	return n;
}

long closets_next_second(void)
{
	long second = time(NULL) + 1;

	while (time(NULL) < second)
		poll(NULL, 0, 50);
	return second;
}
