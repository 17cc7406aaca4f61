#include "phone-sim/driver/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BLOCK	    512
#define GZIP_WINDOW (MAX_WBITS + 16) /* zlib.h: 16 more is a gzip header */

/* POSIX.1 pax, "ustar Interchange Format". Numbers are octal text. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], time[12], checksum[8], type, link[100], magic[6],
	    version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is a block");

void archive_add(struct archive *archive, const char *name, const void *bytes, size_t length)
{
	static const char zeros[BLOCK];
	struct header header = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
	unsigned sum = 0;

	snprintf(header.name, sizeof(header.name), "%s", name);
	snprintf(header.mode, sizeof(header.mode), "0000644");
	snprintf(header.uid, sizeof(header.uid), "0000000");
	snprintf(header.gid, sizeof(header.gid), "0000000");
	snprintf(header.size, sizeof(header.size), "%011llo", (unsigned long long)length & 077777777777);
	snprintf(header.time, sizeof(header.time), "%011llo",
		 (unsigned long long)archive->time & 077777777777);
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((const unsigned char *)&header)[i];
	snprintf(header.checksum, sizeof(header.checksum) - 1, "%06o", sum & 0777777);
	text_add_bytes(&archive->tar, &header, sizeof(header));
	text_add_bytes(&archive->tar, bytes, length);
	text_add_bytes(&archive->tar, zeros, (BLOCK - length % BLOCK) % BLOCK);
}

static void compress_into(struct text *out, const struct text *tar)
{
	z_stream stream = {.next_in = (Bytef *)tar->bytes, .avail_in = (uInt)tar->length};
	size_t size;
	Bytef *bytes = NULL;

	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK) {
		out->failed = true;
		return;
	}
	size = deflateBound(&stream, tar->length);
	bytes = malloc(size);
	stream.next_out = bytes;
	stream.avail_out = bytes ? (uInt)size : 0;
	if (bytes && deflate(&stream, Z_FINISH) == Z_STREAM_END)
		text_add_bytes(out, bytes, size - stream.avail_out);
	else
		out->failed = true;
	free(bytes);
	deflateEnd(&stream);
}

void archive_finish(struct archive *archive, struct text *out)
{
	static const char end[2 * BLOCK];

	text_add_bytes(&archive->tar, end, sizeof(end));
	out->failed = out->failed || archive->tar.failed;
	if (!out->failed)
		compress_into(out, &archive->tar);
	text_free(&archive->tar);
}
