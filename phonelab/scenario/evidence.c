/* The evidence of a scenario that has not passed. */
#include "phonelab/scenario/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/client/client.h"
#include "phonelab/lab/run_copy.h"
#include "phonelab/why/report.h"
#include "phonelab/why/why.h"
#include "phonelab/lab/status_read.h"
#include "wire/dissect.h"
#include "wire/pcapng.h"

#define CONCERNED_MOST 8
#define FRAMES_MOST    600 /* on the page; the capture has them all */

/* What was broken first, if it is about one phone; else NULL. */
static const struct scenario_observation *broken_of_phone(const struct runner *runner)
{
	const struct verdict *verdict = verdicts_broken(&runner->verdicts);
	const struct scenario_observation *broken;

	if (!verdict || verdict->at >= verdict->expectation->n)
		return NULL;
	broken = &verdict->expectation->observations[verdict->at];
	return broken->per_phone && broken->which == SCENARIO_ONE ? broken : NULL;
}

static const char *phone_of(const struct runner *runner, const struct scenario_observation *broken)
{
	return broken ? runner->scenario->topology->phones[broken->phone_index].name : "";
}

static bool counts_as_registered(const json_t *phone)
{
	return status_read_registered(phone) || status_read_by_word(phone);
}

/* The status of the phones concerned: the phone of the broken expectation, and up to CONCERNED_MOST that are not
 * registered; if all are, the first ones. */
static json_t *concerned_phones(const struct runner *runner)
{
	const char *broken = phone_of(runner, broken_of_phone(runner));
	const json_t *first = status_read_named(runner->status, "phones", broken);
	json_t *list = json_array(), *phone;
	size_t i;

	if (first)
		json_array_append(list, (json_t *)first);
	for (int pass = 0; pass < 2 && (!pass || !json_array_size(list)); pass++)
		json_array_foreach (json_object_get(runner->status, "phones"), i, phone) {
			if (json_array_size(list) < CONCERNED_MOST && phone != first &&
			    (pass || !counts_as_registered(phone)))
				json_array_append(list, phone);
		}
	return json_pack("{s:o}", "phones", list);
}

/* --- the capture, each frame with its step --- */

struct annotator {
	json_t *concerned; /* a status with the phones concerned only */
	struct dissect_context *context;
	FILE *out;
	json_t *frames;	      /* for the page */
	unsigned long number; /* in the new file */
	int error;
};

static void comment_of(const struct dissect *frame, char *text, size_t size)
{
	static const char *const shown[] = {"type",	  "opcode",	  "file",	"status", "method",
					    "voice_vlan", "your_address", "option_150", "cseq",	  "reason"};
	size_t used = 0;

	if (frame->step)
		used +=
		    (size_t)snprintf(text, size, "step %d %s", frame->step, ladder_step_name(frame->step));
	else
		used += (size_t)snprintf(text, size, "no step");
	if (frame->phone[0])
		used += (size_t)snprintf(text + used, size - used, ", %s", frame->phone);
	used += (size_t)snprintf(text + used, size - used, ": %s", frame->protocol);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]) && used < size; i++) {
		const char *value = dissect_value(frame, shown[i]);

		if (value && *value)
			used += (size_t)snprintf(text + used, size - used, " %s=%.60s", shown[i], value);
	}
	if (frame->malformed && used < size)
		snprintf(text + used, size - used, " MALFORMED: %s", frame->error);
}

static void put_block(struct annotator *it, const void *block, ssize_t size)
{
	if (size < 0 || fwrite(block, 1, (size_t)size, it->out) != (size_t)size)
		it->error = size < 0 ? (int)size : -EIO;
}

static void add_frame(struct annotator *it, const struct pcapng_record *record, const struct dissect *frame,
		      const char *comment)
{
	if (!frame->step || json_array_size(it->frames) >= FRAMES_MOST)
		return;
	json_array_append_new(it->frames, json_pack("{s:I,s:I,s:i,s:s,s:s}", "frame", (json_int_t)it->number,
						    "ns", (json_int_t)record->time_ns, "step", frame->step,
						    "phone", frame->phone, "text", comment));
}

static void on_record(struct annotator *it, const struct pcapng_reader *reader,
		      const struct pcapng_record *record)
{
	static uint8_t block[PCAPNG_SNAPLEN + 4096];
	struct dissect frame;
	char comment[400];

	if (record->kind == PCAPNG_INTERFACE) {
		put_block(
		    it, block,
		    pcapng_encode_interface(
			&(struct pcapng_interface){.name = reader->interface[reader->interfaces - 1].name,
						   .link_type = record->link_type},
			block, sizeof(block)));
		return;
	}
	if (record->kind != PCAPNG_PACKET || record->link_type != PCAPNG_ETHERNET)
		return;
	dissect_frame(it->context, record->data.data, record->data.length,
		      record->original_length > record->data.length, &frame);
	/* Frames of other phones are not copied. */
	if (frame.phone[0] && !status_read_named(it->concerned, "phones", frame.phone))
		return;
	it->number++;
	comment_of(&frame, comment, sizeof(comment));
	add_frame(it, record, &frame, comment);
	put_block(it, block,
		  pcapng_encode_packet(&(struct pcapng_packet){.interface = record->interface,
							       .time_ns = record->time_ns,
							       .data = record->data,
							       .original_length = record->original_length,
							       .comment = comment},
				       block, sizeof(block)));
}

static int annotate(struct annotator *it, const uint8_t *bytes, size_t size)
{
	struct pcapng_reader *reader = calloc(1, sizeof(*reader));
	struct pcapng_record *record = calloc(1, sizeof(*record));
	struct wire_error error;
	uint8_t section[512];
	size_t at = 0;

	it->error = reader && record ? 0 : -ENOMEM;
	if (!it->error) {
		pcapng_reader_init(reader);
		put_block(it, section, pcapng_encode_section("phonelab test", section, sizeof(section)));
	}
	/* The lab still writes: the last block may be incomplete. */
	while (!it->error && !pcapng_read(reader, bytes + at, size - at, record, &error)) {
		on_record(it, reader, record);
		at += record->size;
	}
	free(reader);
	free(record);
	return it->error;
}

static int write_capture(const struct runner *runner, const char *folder, struct annotator *it,
			 struct fail *fail)
{
	struct stat st;
	char path[1100];
	void *bytes;
	int err;

	snprintf(path, sizeof(path), "%s/capture.pcapng", folder);
	if (fstat(runner->capture, &st) || !st.st_size)
		return fail_set(fail, -ENODATA, "%s: no frame was captured", path);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, runner->capture, 0);
	if (bytes == MAP_FAILED)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	it->context = dissect_new();
	it->out = fopen(path, "we");
	err = it->context && it->out ? annotate(it, bytes, (size_t)st.st_size) : -EIO;
	if (it->out && fclose(it->out) && !err)
		err = -EIO;
	dissect_free(it->context);
	munmap(bytes, (size_t)st.st_size);
	return err ? fail_set(fail, err, "%s: cannot be written: %s", path, strerror(-err)) : 0;
}

/* --- the rest --- */

static void dump(const json_t *object, const char *folder, const char *name)
{
	char path[1100];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (object)
		json_dump_file(object, path, JSON_INDENT(2));
}

/* Save the kinds of the nodes; `why` finds their logs by it. */
static json_t *save_nodes(const struct lab *lab, const char *folder)
{
	struct fail fail = {0};
	json_t *reply = client_call(lab, "lab.sock", json_pack("{s:s}", "do", "nodes"), 10000, NULL, &fail);
	json_t *nodes = json_incref(json_object_get(reply, "nodes"));

	json_decref(reply);
	dump(nodes, folder, "nodes.json");
	return nodes;
}

/* Add what `why` reports of the first phone concerned, from the evidence only. */
static void ask_why(const struct runner *runner, json_t *result, const char *folder, const json_t *phone)
{
	json_t *nodes = save_nodes(&runner->lab, folder), *report;
	const struct scenario_observation *broken = broken_of_phone(runner);
	struct why_case it = {.status = runner->status, .nodes = nodes, .name = json_text(phone, "name")};
	char path[1100];

	if (broken && broken->kind == SCENARIO_FIELD && !strcmp(broken->field, "directory_number") &&
	    !strcmp(phone_of(runner, broken), it.name))
		it.expected = broken->equals;
	snprintf(path, sizeof(path), "%s/events.jsonl", folder);
	snprintf(it.directory, sizeof(it.directory), "%.250s/", folder);
	if (!why_find_phone(&it)) {
		why_read_events(&it, path);
		report = why_report(&it);
		if (json_object_get(report, "cause"))
			json_object_set(result, "cause", json_object_get(report, "cause"));
		json_object_del(report, "look"); /* it has the names of a running lab to be filled in */
		json_object_set_new(result, "why", report);
		why_free(&it);
	}
	json_decref(nodes);
}

int evidence_write(const struct runner *runner, json_t *result, const char *folder, struct fail *fail)
{
	int err = file_make_directory(folder, fail), capture;
	struct annotator annotator = {0};
	const json_t *first;

	if (err)
		return err;
	annotator.concerned = concerned_phones(runner);
	annotator.frames = json_array();
	first = json_array_get(json_object_get(annotator.concerned, "phones"), 0);
	if (runner->lab.pid)
		run_copy(runner->lab.pid, folder);
	dump(runner->status, folder, "status.json");
	if (first)
		ask_why(runner, result, folder, first);
	capture = write_capture(runner, folder, &annotator, fail);
	json_object_set_new(result, "folder", json_text_new(folder));
	dump(result, folder, "result.json");
	err = page_write(runner, result, folder, annotator.concerned, annotator.frames, fail);
	json_decref(annotator.concerned);
	json_decref(annotator.frames);
	/* A lab that did not start has no frames: that is not an error of the evidence. */
	return err ? err : capture == -ENODATA ? 0 : capture;
}
