/* The ladder of a phone as a capture shows it: what was asked, and what came back. */
#include "phonelab/why/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ladder.h"
#include "wire/dissect.h"
#include "wire/pcapng.h"

#define EVENTS_MOST 4096

struct reader {
	char phone[DEVICE_TEXT], mac[MAC_TEXT];
	struct ladder ladder;
	json_t *events;
	unsigned long number;
	uint64_t first_ns;
	unsigned own; /* frames of the phone */
	char address[40], manager[40];
};

static const char *field(const struct dissect *frame, const char *name)
{
	const char *value = dissect_value(frame, name);

	return value ? value : "";
}

static void set(struct reader *it, int step, enum ladder_state state, uint64_t us, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void set(struct reader *it, int step, enum ladder_state state, uint64_t us, const char *format, ...)
{
	char text[160];
	va_list args;

	/* A step that is done stays done: a later request of the same file is a refresh. */
	if (it->ladder.rung[step - 1].state == LADDER_DONE && state != LADDER_FAILED)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ladder_set(&it->ladder, step, state, us, text);
}

static void on_dhcp(struct reader *it, const struct dissect *frame, uint64_t us)
{
	const char *type = field(frame, "type"), *address = field(frame, "your_address");

	if (!strcmp(type, "discover")) {
		/* A boot begins: what was done before is of another one. */
		for (int n = LADDER_DHCP; n <= LADDER_STEPS; n++)
			ladder_set(&it->ladder, n, LADDER_PENDING, us, "");
		set(it, LADDER_DHCP, LADDER_ACTIVE, us, "DISCOVER was sent; no OFFER was seen");
	} else if (!strcmp(type, "offer")) {
		set(it, LADDER_DHCP, LADDER_ACTIVE, us, "OFFER of %s; no ACK was seen", address);
	} else if (!strcmp(type, "nak")) {
		ladder_set(&it->ladder, LADDER_DHCP, LADDER_FAILED, us,
			   "NAK: the server refused the address");
	} else if (!strcmp(type, "decline")) {
		ladder_set(&it->ladder, LADDER_DHCP, LADDER_FAILED, us,
			   "the phone declined the address: a duplicate");
	} else if (!strcmp(type, "ack")) {
		snprintf(it->address, sizeof(it->address), "%.39s", address);
		if (*field(frame, "option_150") || *field(frame, "option_66"))
			set(it, LADDER_DHCP, LADDER_DONE, us, "%s, tftp %.60s", address,
			    *field(frame, "option_150") ? field(frame, "option_150")
							: field(frame, "option_66"));
		else
			ladder_set(&it->ladder, LADDER_DHCP, LADDER_FAILED, us,
				   "ACK without option 150 or 66: no TFTP server");
	}
}

static void on_file(struct reader *it, const struct dissect *frame, uint64_t us)
{
	const char *status = field(frame, "status"), *opcode = field(frame, "opcode");
	const char *file = field(frame, "file"), *asked = field(frame, "asked");
	bool good = !strcmp(status, "200") || !strcasecmp(opcode, "data");
	bool missing = !strcmp(status, "404") || !strcasecmp(opcode, "error");

	if (*asked)
		set(it, frame->step, LADDER_FAILED, us, "%.80s by TFTP: asked %s, answered by %s", file,
		    asked, field(frame, "source"));
	else if (good)
		set(it, frame->step, LADDER_DONE, us, "%.80s by %s", file, frame->protocol);
	else if (missing && frame->step == LADDER_CTL)
		set(it, frame->step, LADDER_DONE, us,
		    "%.80s does not exist, which is normal without a secure cluster", file);
	else if (missing && it->ladder.rung[frame->step - 1].state != LADDER_DONE)
		set(it, frame->step, LADDER_FAILED, us, "%.80s: %s", file, *status ? status : "TFTP error");
	else
		set(it, frame->step, LADDER_ACTIVE, us, "%.80s was requested by %s", file, frame->protocol);
}

static void on_tcp(struct reader *it, const struct dissect *frame, uint64_t us)
{
	const char *flags = field(frame, "flags");
	bool from_manager = !strcmp(field(frame, "source_port"), "5060");

	if (!from_manager && strcmp(field(frame, "destination_port"), "5060") != 0)
		return;
	if (strstr(flags, "SYN") && from_manager) {
		snprintf(it->manager, sizeof(it->manager), "%.39s", field(frame, "source"));
		set(it, LADDER_CM_CONNECT, LADDER_DONE, us, "%s accepted the connection", it->manager);
	} else if (strstr(flags, "RST") && from_manager &&
		   it->ladder.rung[LADDER_CM_CONNECT - 1].state != LADDER_DONE) {
		set(it, LADDER_CM_CONNECT, LADDER_FAILED, us, "%s refused the connection",
		    field(frame, "source"));
	} else if (strstr(flags, "SYN")) {
		set(it, LADDER_CM_CONNECT, LADDER_ACTIVE, us, "SYN to %s; no answer was seen",
		    field(frame, "destination"));
	}
}

static void on_sip(struct reader *it, const struct dissect *frame, uint64_t us)
{
	const char *method = field(frame, "method"), *answered = field(frame, "cseq_method");
	int status = atoi(field(frame, "status"));

	set(it, LADDER_CM_CONNECT, LADDER_DONE, us, "a SIP message was seen");
	if (!strcmp(method, "REGISTER"))
		set(it, LADDER_REGISTER, LADDER_ACTIVE, us, "REGISTER was sent; no answer was seen");
	if (!status || strcmp(answered, "REGISTER") != 0)
		return;
	if (status >= 200 && status < 300)
		ladder_set(&it->ladder, LADDER_REGISTER, LADDER_DONE, us, "200 OK");
	else if (status == 401 || status == 407)
		set(it, LADDER_REGISTER, LADDER_ACTIVE, us, "401: credentials are asked for");
	else if (status >= 300)
		set(it, LADDER_REGISTER, LADDER_FAILED, us, "%d %.80s", status,
		    field(frame, "reason_phrase"));
}

static void on_frame(struct reader *it, const struct dissect *frame, uint64_t ns)
{
	uint64_t us = (ns - it->first_ns) / 1000;
	bool link = !strcmp(frame->protocol, "cdp") || !strcmp(frame->protocol, "lldp");
	/* An answer by broadcast is for the client that it names. */
	bool own = !strcmp(frame->phone, it->phone) || !strcmp(field(frame, "client_mac"), it->mac);
	char detail[300];

	/* The switch's word has no phone in it; a PC behind the phone has another MAC. */
	if (link && *field(frame, "voice_vlan") && strcmp(field(frame, "source_mac"), it->mac) != 0)
		set(it, LADDER_VOICE_VLAN, LADDER_DONE, us, "VLAN %s by %s", field(frame, "voice_vlan"),
		    frame->protocol);
	if (!own)
		return;
	it->own++;
	set(it, LADDER_POWER, LADDER_DONE, us, "the phone sends frames");
	set(it, LADDER_BOOT, LADDER_DONE, us, "the phone sends frames");
	if (!strcmp(frame->protocol, "dhcp"))
		on_dhcp(it, frame, us);
	else if (!strcmp(frame->protocol, "tcp"))
		on_tcp(it, frame, us);
	else if (!strcmp(frame->protocol, "sip"))
		on_sip(it, frame, us);
	else if (frame->step >= LADDER_CTL &&
		 (!strcmp(frame->protocol, "http") || !strcmp(frame->protocol, "tftp")))
		on_file(it, frame, us);
	if (!frame->step || json_array_size(it->events) >= EVENTS_MOST)
		return;
	snprintf(detail, sizeof(detail), "%.60s %.60s %.60s %.60s", field(frame, "type"),
		 field(frame, "method"), field(frame, "status"), field(frame, "file"));
	json_array_append_new(it->events, json_pack("{s:I,s:s,s:i,s:s,s:s,s:I}", "t", (json_int_t)us, "node",
						    it->phone, "step", frame->step, "event", frame->protocol,
						    "detail", detail, "line", (json_int_t)it->number));
}

/* Steps that only request files: the phone continues without them. */
static bool only_files(int n)
{
	return n >= LADDER_CTL && n != LADDER_CM_CONNECT && n != LADDER_REGISTER;
}

/* A later step shows that the earlier steps are done, even if the capture started too late to contain them; a file that
 * was not requested is not a fault. A file that was requested without an answer is. */
static void complete(struct reader *it)
{
	int last = 0;

	for (int n = 1; n <= LADDER_STEPS; n++)
		if (it->ladder.rung[n - 1].state != LADDER_PENDING)
			last = n;
	for (int n = 1; n <= LADDER_STEPS; n++)
		if (it->ladder.rung[n - 1].state == LADDER_ACTIVE && n < last && only_files(n))
			ladder_set(&it->ladder, n, LADDER_FAILED, it->ladder.rung[n - 1].us, NULL);
		else if (it->ladder.rung[n - 1].state == LADDER_ACTIVE && n < last)
			set(it, n, LADDER_DONE, 0, "shown by a later step");
		else if (it->ladder.rung[n - 1].state == LADDER_PENDING &&
			 (n < last || it->ladder.rung[LADDER_REGISTER - 1].state == LADDER_DONE))
			ladder_set(&it->ladder, n, LADDER_SKIPPED, 0, "not in the capture");
}

static json_t *status_of(struct reader *it)
{
	bool good = it->ladder.rung[LADDER_REGISTER - 1].state == LADDER_DONE;
	json_t *steps = json_array();

	complete(it);
	for (int n = 1; n <= LADDER_STEPS; n++) {
		const struct ladder_rung *rung = &it->ladder.rung[n - 1];

		json_array_append_new(steps,
				      json_pack("{s:i,s:s,s:s,s:I,s:s}", "n", n, "name", ladder_step_name(n),
						"state", ladder_state_name(rung->state), "ms",
						(json_int_t)(rung->us / 1000), "detail", rung->detail));
	}
	return json_pack("{s:[{s:s,s:s,s:o,s:s,s:s,s:s}],s:[],s:[]}", "phones", "name", it->phone, "state",
			 good ? "registered" : "provisioning", "steps", steps, "ipv4", it->address,
			 "registered_with", it->manager, "directory_number", "its number", "switches",
			 "cluster");
}

static int read_frames(struct reader *it, const uint8_t *bytes, size_t size, const char *path,
		       struct fail *fail)
{
	struct pcapng_reader *reader = calloc(1, sizeof(*reader));
	struct pcapng_record *record = calloc(1, sizeof(*record));
	struct dissect_context *context = dissect_new();
	struct wire_error error = {0};
	struct dissect frame;
	unsigned long unread = 0;
	unsigned link_type = 0;
	size_t at = 0;
	int err = reader && record && context ? 0 : -ENOMEM;

	if (!err)
		pcapng_reader_init(reader);
	while (!err && at < size && !(err = pcapng_read(reader, bytes + at, size - at, record, &error))) {
		at += record->size;
		if (record->kind != PCAPNG_PACKET)
			continue;
		if (!it->number++)
			it->first_ns = record->time_ns;
		if (dissect_record(context, record->link_type, record->data.data, record->data.length,
				   record->original_length > record->data.length, &frame)) {
			unread++;
			link_type = record->link_type;
			continue;
		}
		on_frame(it, &frame, record->time_ns < it->first_ns ? it->first_ns : record->time_ns);
	}
	free(reader);
	free(record);
	dissect_free(context);
	if (err == -EAGAIN)
		return fail_set(fail, -EINVAL,
				"%s: found its end in the midst of a block, expected a whole file", path);
	if (!err && unread && unread == it->number)
		return fail_set(fail, -EINVAL, "%s: found link type %u, expected " DISSECT_LINK_TYPES, path,
				link_type);
	return err ? fail_set(fail, err, "%s: at byte %zu: %s", path, at + error.offset,
			      error.what ? error.what : strerror(-err))
		   : 0;
}

static int read_file(struct reader *it, const char *path, struct fail *fail)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	void *bytes = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		err = fail_set(fail, -EINVAL,
			       "%s: found no file with something in it, expected a pcap or pcapng", path);
	else if ((bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
		err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	else
		err = read_frames(it, bytes, (size_t)st.st_size, path, fail);
	if (bytes != MAP_FAILED)
		munmap(bytes, (size_t)st.st_size);
	close(fd);
	return err;
}

int why_source_capture(struct why_source *source, const char *path, const char *phone, struct fail *fail)
{
	struct reader *it = calloc(1, sizeof(*it));
	struct mac mac;
	int err = it ? 0 : fail_set(fail, -ENOMEM, "out of memory");

	*source = (struct why_source){0};
	if (!err && mac_parse(&mac, phone) && mac_parse_device(&mac, phone))
		err =
		    fail_set(fail, -EINVAL, "found \"%s\", expected a device name (SEP...) or a MAC", phone);
	if (!err) {
		mac_format_device(&mac, it->phone);
		mac_format(&mac, it->mac);
		it->events = json_array();
		ladder_reset(&it->ladder);
		err = read_file(it, path, fail);
	}
	if (!err && !it->own)
		err = fail_set(fail, -ENOENT, "%s: found no frame of %s among %lu", path, it->phone,
			       it->number);
	if (!err) {
		source->status = status_of(it);
		source->events = json_incref(it->events);
	}
	if (it)
		json_decref(it->events);
	free(it);
	return err;
}
