/* The evidence of a scenario that has not passed. */
#include "phonelab/scenario/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "base/text.h"
#include "phonelab/client/client.h"
#include "phonelab/client/copy.h"
#include "phonelab/scenario/sequences.h"
#include "phonelab/why/gather.h"
#include "phonelab/why/model.h"
#include "phonelab/lab/status_read.h"
#include "wire/dissect.h"
#include "wire/pcapng.h"

#define CONCERNED_MOST 8
#define FRAMES_MOST    600 /* on the page; the capture has them all */

/* The probe that has failed the scenario: of the broken expectation, or of the entry that the timeline waited for. NULL: no
 * probe has. */
static const struct scenario_probe *failed_probe(const struct runner *runner)
{
	const struct verdict *broken = verdicts_broken(&runner->verdicts);

	if (broken)
		return &broken->probes[broken->at];
	return runner->when.observation ? &runner->when : NULL;
}

static bool is_listed(const json_t *list, const json_t *phone)
{
	const json_t *listed;
	size_t i;

	json_array_foreach (list, i, listed)
		if (listed == phone)
			return true;
	return false;
}

static bool counts_as_registered(const json_t *phone)
{
	return status_read_registered(phone) || status_read_by_word(phone);
}

/* Append the status of each phone that is chosen (NULL: each phone that is not registered), up to CONCERNED_MOST. */
static void append_phones(const struct runner *runner, const bool *chosen, json_t *list)
{
	const struct topology *topology = runner->scenario->topology;

	for (size_t i = 0; i < topology->phone_count && json_array_size(list) < CONCERNED_MOST; i++) {
		const json_t *phone = status_read_named(runner->status, "phones", topology->phones[i].name);

		if (phone && (chosen ? chosen[i] : !counts_as_registered(phone)) && !is_listed(list, phone))
			json_array_append(list, (json_t *)phone);
	}
}

/* The status of the phones concerned: first the phones that failed the scenario, then others that are not registered; if
 * there are none, any. *failed: how many of the list failed the scenario. */
static json_t *concerned_phones(const struct runner *runner, size_t *failed)
{
	const struct scenario_probe *probe = failed_probe(runner);
	json_t *list = json_array(), *phone;
	bool any;
	size_t i;

	if (probe && probe->observation->per_phone) {
		append_phones(runner, probe->deciding, list);
		if (!json_array_size(list))
			append_phones(runner, probe->observation->chosen, list);
	}
	*failed = json_array_size(list);
	append_phones(runner, NULL, list);
	any = !json_array_size(list);
	json_array_foreach (json_object_get(runner->status, "phones"), i, phone)
		if (any && i < CONCERNED_MOST)
			json_array_append(list, phone);
	return json_pack("{s:o}", "phones", list);
}

/* --- the capture, each frame with its step --- */

struct annotator {
	json_t *concerned; /* a status with the phones concerned only */
	struct dissect_context *context;
	FILE *out;
	json_t *frames; /* for the page */
	struct sequences *sequences;
	const char *
	    node; /* the switch of the capture; NULL: the names of its interfaces begin with that of their switch */
	unsigned long number; /* in the new file */
	uint32_t interfaces;  /* in the new file, of the captures before this one */
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

static void add_to_sequences(struct annotator *it, const char *interface, const struct pcapng_record *record,
			     const struct dissect *frame)
{
	char port[PCAPNG_NAME_MAX + 80];

	snprintf(port, sizeof(port), "%s%s%s", it->node ? it->node : "", it->node ? " " : "", interface);
	if (it->sequences)
		sequences_add(it->sequences, port, it->number, record->time_ns, frame);
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
	add_to_sequences(it, reader->interface[record->interface].name, record, &frame);
	comment_of(&frame, comment, sizeof(comment));
	add_frame(it, record, &frame, comment);
	put_block(
	    it, block,
	    pcapng_encode_packet(&(struct pcapng_packet){.interface = it->interfaces + record->interface,
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
	size_t at = 0;

	it->error = reader && record ? 0 : -ENOMEM;
	if (!it->error)
		pcapng_reader_init(reader);
	/* The lab still writes: the last block may be incomplete. */
	while (!it->error && !pcapng_read(reader, bytes + at, size - at, record, &error)) {
		on_record(it, reader, record);
		at += record->size;
	}
	it->interfaces += !it->error ? (uint32_t)reader->interfaces : 0;
	free(reader);
	free(record);
	return it->error;
}

/* The frames of one capture. -ENODATA if it is empty. */
static int add_capture(struct annotator *it, int capture)
{
	struct stat st;
	void *bytes;
	int err;

	if (fstat(capture, &st) || !st.st_size)
		return -ENODATA;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, capture, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	err = annotate(it, bytes, (size_t)st.st_size);
	munmap(bytes, (size_t)st.st_size);
	return err;
}

static int write_capture(const struct runner *runner, const char *folder, struct annotator *it,
			 struct fail *fail)
{
	const struct topology *topology = runner->scenario->topology;
	bool one_each = runner->lab.relay || topology->switches.n == 1; /* a capture per switch */
	uint8_t section[512];
	char path[1100];
	int err, all = -ENODATA;

	snprintf(path, sizeof(path), "%s/capture.pcapng", folder);
	it->context = dissect_new();
	it->out = fopen(path, "we");
	err = it->context && it->out ? 0 : -EIO;
	if (!err)
		put_block(it, section, pcapng_encode_section("phonelab test", section, sizeof(section)));
	for (size_t i = 0; i < runner->capture_count && !err; i++) {
		it->node = one_each ? topology->switches.items[i].name : NULL;
		err = add_capture(it, runner->captures[i]);
		all = err == -ENODATA ? all : 0;
		err = err == -ENODATA ? 0 : err;
	}
	if (it->out && fclose(it->out) && !err)
		err = -EIO;
	dissect_free(it->context);
	if (!err && all) {
		unlink(path);
		return fail_set(fail, -ENODATA, "%s: no frame was captured", path);
	}
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

/* Save the model of the lab, with the phones concerned as they look from inside. */
static void save_model(const struct runner *runner, const char *folder, const json_t *concerned)
{
	json_t *phones = json_array(), *model;
	const json_t *phone;
	size_t i;

	json_array_foreach (json_object_get(concerned, "phones"), i, phone)
		if (i < CONCERNED_MOST)
			json_array_append_new(phones, json_string(json_text(phone, "name")));
	model = model_of_lab(&runner->lab, runner->status, phones);
	dump(model, folder, "model.json");
	json_decref(phones);
	json_decref(model);
}

/* The directory number that the scenario expects of a phone and does not find; NULL: none. */
static const char *expected_number(const struct runner *runner, const char *phone)
{
	const struct scenario_probe *probe = failed_probe(runner);
	const struct topology *topology = runner->scenario->topology;
	const struct scenario_observation *broken = probe ? probe->observation : NULL;

	if (!broken || broken->kind != SCENARIO_FIELD || strcmp(broken->field, "directory_number") != 0)
		return NULL;
	for (size_t i = 0; i < topology->phone_count && broken->chosen; i++)
		if (broken->chosen[i] && !strcmp(topology->phones[i].name, phone))
			return broken->equals;
	return NULL;
}

/* What `why` reports of a phone of the lab as it is now, without probes: a new reference; NULL if there is no such phone. */
static json_t *report_of(const struct runner *runner, const json_t *nodes, const char *folder,
			 const char *phone)
{
	struct why_source source = {.status = json_incref(runner->status),
				    .nodes = json_incref((json_t *)nodes)};
	struct why_case it = {.name = phone, .expected = expected_number(runner, phone)};
	json_t *report = NULL;

	if (runner->lab.pid) {
		client_path(&runner->lab, "", source.directory, sizeof(source.directory));
		snprintf(source.lab, sizeof(source.lab), "%s", runner->lab.name);
	} else {
		snprintf(source.directory, sizeof(source.directory), "%.250s/", folder);
	}
	why_gather(&source, &it, 1, WHY_PASSIVE | WHY_LATE);
	if (it.phone)
		report = why_report_gathered(&it);
	json_object_del(report, "look"); /* it has the names of a running lab to be filled in */
	why_free(&it);
	why_source_free(&source);
	return report;
}

/* Phones with the same cause. */
struct cause {
	char text[1000];
	struct text phones;
};

/* Set in the result what `why` reports of the first phone concerned, and the cause from the first count of them: one sentence
 * if all have the same cause, otherwise the phones before each cause. */
static void find_cause(const struct runner *runner, json_t *result, const char *folder,
		       const json_t *concerned, size_t count)
{
	json_t *nodes = save_nodes(&runner->lab, folder);
	struct cause causes[CONCERNED_MOST] = {0};
	struct text all = {0};
	const json_t *phone;
	size_t i, n = 0, at;

	json_array_foreach (json_object_get(concerned, "phones"), i, phone) {
		const char *name = json_text(phone, "name");
		json_t *report = i < count ? report_of(runner, nodes, folder, name) : NULL;

		snprintf(causes[n].text, sizeof(causes[n].text), "%s", json_text(report, "cause"));
		if (!i && report)
			json_object_set(result, "why", report);
		json_decref(report);
		if (!*causes[n].text)
			continue;
		for (at = 0; strcmp(causes[at].text, causes[n].text); at++)
			;
		text_add(&causes[at].phones, "%s%s", causes[at].phones.length ? ", " : "",
			 scenario_phone_called(runner->scenario->topology, name));
		n += at == n;
	}
	for (i = 0; i < n; i++) {
		if (n > 1)
			text_add(&all, "%s%s: ", i ? " " : "", causes[i].phones.bytes);
		text_add(&all, "%s", causes[i].text);
		text_free(&causes[i].phones);
	}
	if (all.bytes)
		json_object_set_new(result, "cause", json_text_new(all.bytes));
	text_free(&all);
	json_decref(nodes);
}

int evidence_write(const struct runner *runner, json_t *result, const char *folder, struct fail *fail)
{
	int err = file_make_directory(folder, fail), capture;
	struct annotator annotator = {0};
	json_t *sequences;
	size_t failed;

	if (err)
		return err;
	annotator.concerned = concerned_phones(runner, &failed);
	annotator.frames = json_array();
	annotator.sequences = sequences_new(runner->status, annotator.concerned);
	if (runner->lab.relay || runner->lab.pid)
		client_copy(&runner->lab, folder);
	dump(runner->status, folder, "status.json");
	save_model(runner, folder, annotator.concerned);
	find_cause(runner, result, folder, annotator.concerned, failed ? failed : 1);
	capture = write_capture(runner, folder, &annotator, fail);
	json_object_set_new(result, "folder", json_text_new(folder));
	dump(result, folder, "result.json");
	sequences = annotator.sequences ? sequences_json(annotator.sequences) : NULL;
	err = page_write(runner, result, folder, annotator.concerned, annotator.frames, sequences, fail);
	json_decref(sequences);
	sequences_free(annotator.sequences);
	json_decref(annotator.concerned);
	json_decref(annotator.frames);
	/* A lab that did not start has no frames: that is not an error of the evidence. */
	return err ? err : capture == -ENODATA ? 0 : capture;
}
