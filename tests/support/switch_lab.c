#include "tests/support/switch_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/control.h"
#include "cable/link.h"
#include "cable/netns.h"
#include "cable/rtnl.h"
#include "wire/ether.h"

static struct fail why;

/* Those that run, so that a test that fails leaves none behind for the next. */
static struct sandbox_child running[8];

static void write_config(const char *name, const char *extra)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/%s.json", name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"{\"name\":\"%s\",\"mac\":\"00:1b:54:00:%02x:00\",\"management_address\":\"10.20.0.254\","
		"\"ports_per_member\":48,\"uplinks_per_member\":4,\"poe\":{\"budget_mw\":370000},"
		"\"vlans\":[{\"id\":10,\"name\":\"DATA\"},{\"id\":20,\"name\":\"SERVERS\"},{\"id\":110,"
		"\"name\":\"VOICE\"}],"
		"\"port_default\":{\"access_vlan\":10,\"voice_vlan\":110},\"panel\":\"/tmp/%s.panel\","
		"\"control\":\"/tmp/%s.sock\",\"events\":\"/tmp/%s.events\"%s%s}\n",
		name, (unsigned char)name[strlen(name) - 1], name, name, name, *extra ? "," : "", extra);
	assert_int_equal(fclose(file), 0);
}

void switch_lab_spawn(struct switch_lab *lab, const char *name, const char *extra, int ns)
{
	char path[64];

	*lab = (struct switch_lab){.ns = ns};
	snprintf(lab->name, sizeof(lab->name), "%s", name);
	write_config(name, extra);
	if (lab->ns < 0)
		assert_int_equal(netns_new(&lab->ns, &why), 0);
	snprintf(path, sizeof(path), "/tmp/%s.json", name);
	assert_true(
	    sandbox_spawn(&lab->child, lab->ns,
			  (const char *const[]){sandbox_program("switch-sim"), "--config", path, NULL}));
	for (unsigned i = 0; i < sizeof(running) / sizeof(running[0]); i++)
		if (!running[i].pid) {
			running[i] = lab->child;
			break;
		}
}

void switch_lab_wait_ready(struct switch_lab *lab)
{
	assert_true(sandbox_wait_text(&lab->child, LAB_PATIENCE, ": ready: "));
}

void switch_lab_start(struct switch_lab *lab, const char *name, const char *extra)
{
	switch_lab_spawn(lab, name, extra, -1);
	switch_lab_wait_ready(lab);
}

static void not_running(pid_t pid)
{
	for (unsigned i = 0; i < sizeof(running) / sizeof(running[0]); i++)
		if (running[i].pid == pid)
			running[i].pid = 0;
}

void switch_lab_kill(struct switch_lab *lab)
{
	not_running(lab->child.pid);
	sandbox_end(&lab->child);
	close(lab->ns);
}

int switch_lab_clean(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(running) / sizeof(running[0]); i++)
		if (running[i].pid)
			sandbox_end(&running[i]);
	memset(running, 0, sizeof(running));
	return 0;
}

int switch_lab_end(struct switch_lab *lab)
{
	char text[4096];
	int status;

	sandbox_signal(&lab->child, SIGTERM);
	status = sandbox_wait(&lab->child, LAB_PATIENCE, text, sizeof(text));
	if (status)
		print_message("%s", text);
	switch_lab_kill(lab);
	return status;
}

static json_t *call(const struct switch_lab *lab, json_t *request)
{
	json_t *reply;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/%s.sock", lab->name);
	reply = control_call(path, request, LAB_PATIENCE, NULL, &why);
	json_decref(request);
	if (!reply)
		fail_msg("%s", why.text);
	return reply;
}

char *switch_lab_show(const struct switch_lab *lab, const char *words)
{
	json_t *reply = call(lab, json_pack("{s:s,s:[s]}", "do", "show", "args", words));
	char *text = strdup(json_string_value(json_object_get(reply, "text")));

	json_decref(reply);
	return text;
}

void switch_lab_configure(const struct switch_lab *lab, const char *lines[], unsigned count)
{
	json_t *list = json_array(), *reply;

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, json_string(lines[i]));
	reply = call(lab, json_pack("{s:s,s:o}", "do", "configure", "lines", list));
	assert_string_equal(json_string_value(json_object_get(reply, "text")), "");
	json_decref(reply);
}

json_t *switch_lab_port(const struct switch_lab *lab, const char *port)
{
	json_t *reply = call(lab, json_pack("{s:s}", "do", "status")), *item, *found = NULL;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(reply, "switch"), "ports"), i, item)
		if (!strcmp(json_string_value(json_object_get(item, "name")), port))
			found = json_incref(item);
	json_decref(reply);
	assert_non_null(found);
	return found;
}

struct wanted {
	const struct switch_lab *lab;
	const char *words, *needle;
	bool absent;
	char *text;
};

static bool is_shown(void *arg)
{
	struct wanted *wanted = arg;

	free(wanted->text);
	wanted->text = switch_lab_show(wanted->lab, wanted->words);
	return (strstr(wanted->text, wanted->needle) == NULL) == wanted->absent;
}

void switch_lab_show_until(const struct switch_lab *lab, const char *words, const char *needle, bool absent)
{
	struct wanted wanted = {lab, words, needle, absent, NULL};
	bool shown = sandbox_until(LAB_PATIENCE, is_shown, &wanted);

	if (!shown)
		print_message("show %s:\n%s", words, wanted.text);
	free(wanted.text);
	if (!shown)
		fail_msg("\"%s\" is %s", needle, absent ? "still there" : "not there");
}

void device_plug(struct switch_lab_device *device, const struct switch_lab *lab, const char *port,
		 const char *interface, enum panel_power_kind power, unsigned power_class)
{
	struct panel_plug plug = {.mac = {{2, 0, 0, 0, 1, 1}}, .power = power, .power_class = power_class};
	char path[64];

	snprintf(plug.node, sizeof(plug.node), "device-%s", *port ? port : "any");
	snprintf(plug.port, sizeof(plug.port), "%s", port);
	snprintf(plug.interface, sizeof(plug.interface), "%s", interface);
	snprintf(path, sizeof(path), "/tmp/%s.panel", lab->name);
	if (device->ns <= 0)
		assert_int_equal(netns_new(&device->ns, &why), 0);
	device->raw = NULL;
	assert_int_equal(panel_client_new(&device->client, path, &plug, device->ns, &why), 0);
}

const struct panel_msg *device_message(struct switch_lab_device *device)
{
	for (;;) {
		struct pollfd readable = {.fd = panel_client_fd(device->client), .events = POLLIN};
		int got = panel_client_receive(device->client, &device->last, &why);

		if (got > 0)
			return &device->last;
		if (got < 0 || poll(&readable, 1, LAB_PATIENCE) != 1)
			fail_msg("no message from the switch: %d", got);
	}
}

struct sender {
	struct rtnl *rtnl;
	const char *interface;
	bool up;
};

static bool is_so(void *arg)
{
	const struct sender *sender = arg;
	struct link_info info;

	return !link_get(sender->rtnl, sender->interface, &info, &why) &&
	       (info.operstate == IF_OPER_UP) == sender->up;
}

/* When the switch has set the link up, the kernel throws away what our end sends until its link watch has run. */
void device_wait_link(const struct switch_lab_device *device, const char *interface, bool up)
{
	struct sender sender = {.interface = interface, .up = up};
	bool came;

	assert_int_equal(rtnl_open(&sender.rtnl, device->ns, &why), 0);
	came = sandbox_until(LAB_PATIENCE, is_so, &sender);
	rtnl_close(sender.rtnl);
	if (!came)
		fail_msg("%s is not %s", interface, up ? "up" : "down");
}

void device_up(struct switch_lab_device *device, const struct switch_lab *lab, const char *port)
{
	const struct raw_options options = {.interface = "eth0", .promiscuous = true};

	device_plug(device, lab, port, "eth0", PANEL_POWER_AC, 0);
	assert_int_equal(device_message(device)->kind, PANEL_MSG_PLUGGED);
	if (raw_open(&device->raw, device->ns, &options, &why))
		fail_msg("%s", why.text);
	assert_int_equal(device_message(device)->kind, PANEL_MSG_LINK);
	assert_true(device->last.link_up);
	device_wait_link(device, "eth0", true);
}

void device_unplug(struct switch_lab_device *device)
{
	raw_close(device->raw);
	panel_client_free(device->client);
	if (device->ns > 0)
		close(device->ns);
	*device = (struct switch_lab_device){0};
}

void device_send(struct switch_lab_device *device, unsigned dst, unsigned src, int tci, uint8_t mark)
{
	uint8_t frame[64] = {2, 0, 0, 0, 0, (uint8_t)dst, 2, 0, 0, 0, 0, (uint8_t)src};
	size_t at = 12;

	if (dst == 255)
		memset(frame, 0xff, 6);
	if (tci >= 0) {
		frame[at++] = 0x81;
		frame[at++] = 0x00;
		frame[at++] = (uint8_t)(tci >> 8);
		frame[at++] = (uint8_t)tci;
	}
	frame[at++] = 0x88;
	frame[at++] = 0xb5;
	frame[at] = mark;
	assert_int_equal(raw_send(device->raw, frame, tci >= 0 ? 64 : 60), 0);
}

uint8_t device_receive(struct switch_lab_device *device, int *tci)
{
	uint64_t end = clock_now_us() + LAB_PATIENCE * 1000;

	while (clock_now_us() < end) {
		struct pollfd readable = {.fd = raw_fd(device->raw), .events = POLLIN};
		uint8_t frame[RAW_FRAME_MAX];
		ssize_t length = raw_receive(device->raw, frame, sizeof(frame));
		uint16_t tag;

		if (length == -EAGAIN) {
			poll(&readable, 1, 1000);
			continue;
		}
		if (length < 20)
			continue;
		*tci = ether_tag_peek(frame, (size_t)length, &tag) ? tag : -1;
		length = *tci >= 0 ? 16 : 12;
		if (frame[length] == 0x88 && frame[length + 1] == 0xb5)
			return frame[length + 2];
	}
	fail_msg("no frame in time");
	return 0;
}

void switch_lab_cable(struct sandbox_child *child, const struct switch_lab *lab, const char *port,
		      const char *address, const char *const command[])
{
	char panel[64], *program = strdup(sandbox_program("cable"));
	const char *argv[48] = {program, "--netns", "--panel", panel, "--node", port, "--port", port};
	unsigned count = 8;

	snprintf(panel, sizeof(panel), "/tmp/%s.panel", lab->name);
	if (address) {
		argv[count++] = "--address";
		argv[count++] = address;
	}
	argv[count++] = "--";
	while (*command)
		argv[count++] = *command++;
	assert_true(sandbox_spawn(child, -1, argv));
	free(program);
}
