/* A capture file as a source of evidence. */
#include "phonelab/why/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phonelab/why/capture.h"
#include "wire/dissect.h"
#include "wire/pcapng.h"

struct file {
	const char *path;
	const uint8_t *bytes;
	size_t size;
	unsigned long frames, unread;
	unsigned link_type; /* of the last frame that was not read */
};

/* Hand all frames of the file to read. 0 or a negative errno. */
static int each_frame(struct file *file, struct capture *capture,
		      int (*read)(struct capture *, const struct capture_record *), struct fail *fail)
{
	struct pcapng_reader *reader = calloc(1, sizeof(*reader));
	struct pcapng_record *record = calloc(1, sizeof(*record));
	struct wire_error error = {0};
	size_t at = 0;
	int err = reader && record ? 0 : -ENOMEM;

	file->frames = file->unread = 0;
	if (!err)
		pcapng_reader_init(reader);
	while (!err && at < file->size &&
	       !(err = pcapng_read(reader, file->bytes + at, file->size - at, record, &error))) {
		at += record->size;
		if (record->kind != PCAPNG_PACKET)
			continue;
		struct capture_record frame = {.number = ++file->frames,
					       .link_type = record->link_type,
					       .time_ns = record->time_ns,
					       .bytes = record->data.data,
					       .size = record->data.length,
					       .length = record->original_length};
		if (read(capture, &frame)) {
			file->unread++;
			file->link_type = record->link_type;
		}
	}
	free(reader);
	free(record);
	if (err == -EAGAIN)
		return fail_set(fail, -EINVAL,
				"%s: found its end in the midst of a block, expected a whole file",
				file->path);
	if (!err && file->unread && file->unread == file->frames)
		return fail_set(fail, -EINVAL, "%s: found link type %u, expected " DISSECT_LINK_TYPES,
				file->path, file->link_type);
	return err ? fail_set(fail, err, "%s: at byte %zu: %s", file->path, at + error.offset,
			      error.what ? error.what : strerror(-err))
		   : 0;
}

/* 0 and file, to be ended with munmap; or a negative errno. */
static int map_file(struct file *file, const char *path, struct fail *fail)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	void *bytes = MAP_FAILED;
	struct stat st;

	*file = (struct file){.path = path};
	if (fd < 0)
		return fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		err = fail_set(fail, -EINVAL,
			       "%s: found no file with something in it, expected a pcap or pcapng", path);
	else if ((bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)
		err = fail_set(fail, -errno, "%s: %s", path, strerror(errno));
	close(fd);
	if (err)
		return err;
	file->bytes = bytes;
	file->size = (size_t)st.st_size;
	return 0;
}

int why_source_capture(struct why_source *source, const char *path, const char *phone, struct fail *fail)
{
	struct capture *capture = NULL;
	struct file file = {0};
	struct mac mac;
	int err;

	*source = (struct why_source){0};
	if (mac_parse(&mac, phone) && mac_parse_device(&mac, phone))
		return fail_set(fail, -EINVAL, "found \"%s\", expected a device name (SEP...) or a MAC",
				phone);
	err = map_file(&file, path, fail);
	if (err)
		return err;
	capture = capture_new(&mac);
	if (!capture)
		err = fail_set(fail, -ENOMEM, "out of memory");
	if (!err)
		err = each_frame(&file, capture, capture_learn, fail);
	if (!err)
		err = each_frame(&file, capture, capture_add, fail);
	if (!err && !capture_finish(capture, &source->status, &source->events, &source->facts))
		err = fail_set(fail, -ENOENT, "%s: found no frame of %s among %lu", path, phone, file.frames);
	capture_free(capture);
	munmap((void *)(uintptr_t)file.bytes, file.size);
	return err;
}
